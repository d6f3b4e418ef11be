import { expect, it } from 'vitest';
import { overheadText } from '../../../../scripts/generate/benchmarks/overhead-text.ts';
import { recipeText } from '../../../../scripts/generate/benchmarks/recipe-text.ts';
import { libraryVersions, medianAndRange, runNamed } from '../../../../scripts/generate/benchmarks/rounds.ts';
import { sweepText } from '../../../../scripts/generate/benchmarks/sweep-text.ts';

const environment = { commit: '0123456789ab', cpu: 'CPU', threads: 2, node: 'v20.1.0' };

it('a run shows its median and its smallest and largest round', () => {
  const run = {
    name: 'graph',
    note: 'torch 2.15.0+cu132 torchvision 0.29.2+cu132',
    median: 1234.5,
    rounds: [1300, 1000],
  };
  expect(medianAndRange(run)).toBe('1,235 (1,000 to 1,300)');
  expect(medianAndRange({ ...run, median: 1.25, rounds: [1, 2] }, 1)).toBe('1.3 (1.0 to 2.0)');
  expect(libraryVersions(run)).toBe('PyTorch 2.15.0, torchvision 0.29.2');
  expect(() => runNamed([run], 'eager')).toThrow('expected a run "eager", found graph');
});

it('overheadText has a row per part and names every commit', () => {
  const spread = { count: 9, median: 5, quartiles: [4, 6] as [number, number], percentile99: 8 };
  const text = overheadText({
    results: [
      {
        ...{ part: 'waiting', steps: 1200, environment, millisecondsPerStep: spread, millisecondsAround: spread },
        ...{ overheadPercent: 0.091, cpuMillisecondsPerStep: 1.027 },
      },
      {
        ...{ part: 'small', steps: 4000, environment: { commit: 'fedcba987654' }, threads: 1 },
        ...{ bareMilliseconds: spread, overheadPercent: { ...spread, median: -0.5 } },
      },
      { part: 'memory', steps: 5000, environment, residentAfter500: 2e8, residentAtEnd: 1e8 },
    ],
  });
  expect(text).toContain('Measured at commit 0123456 and fedcba9.');
  expect(text).toMatch(/`waiting` +\| 1,200 \| +5\.0 \| +0\.09 % \| +\| +5\.000 \(8\.00\) \| +1\.03 \|/);
  expect(text).toMatch(/`small`, 1 thread \| 4,000 \| +5\.0 \| +-0\.50 % \| 4\.0 % to 6\.0 % of 9 pairs/);
  expect(text).toContain('200 MB after 500 steps, 100 MB at the end');
});

it('recipeText compares both libraries epoch by epoch', () => {
  const point = { epoch: 1, loss: 2.346, top1: 0.5, top5: 0.9 };
  const text = recipeText({ doubletime: [point], PyTorch: [{ ...point, top5: 0.898 }] });
  expect(text).toMatch(/top-5, doubletime +\| 90\.0 % \|/);
  expect(text).toMatch(/training loss of the epoch, PyTorch +\| +2\.35 \|/);
  expect(text).toContain('their top-5 differs by 0.2 points');
});

it('sweepText refuses a file in which a part is missing', () => {
  const results = [{ what: 'plan: read, expand and check', seconds: 1 }];
  expect(() => sweepText({ environment, results })).toThrow('expected the seconds of "plan: count 10 networks');
});
