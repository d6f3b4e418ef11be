import { expect, it } from 'vitest';
import { gradientsText, precisionText } from '../../../../scripts/generate/benchmarks/precision-text.ts';

it('precisionText shows each library, its difference with its error, and what seeds differ by', () => {
  const of = (metric: string, mean: number) => ({
    ...{ library: 'doubletime', metric, seeds: [0, 1], spreadOfThreeSeeds: 0.01 },
    ...{ float32: { mean: 0.46, deviation: 0.006 }, bfloat16: { mean: 0.46 + mean, deviation: 0.012 } },
    difference: { mean, standardError: 0.005 },
  });
  const run = { library: 'doubletime', precision: 'float32', seed: 0, top1: 0.46 };
  const text = precisionText({ results: [run, of('top1', -0.002), of('trainingLoss', 0.02)] });
  expect(text).toMatch(
    /\| doubletime \| +2 \| 46\.00 % \(deviation 0\.60\) \| 45\.80 % \(deviation 1\.20\) \| +-0\.20 ± 0\.50 \| +\+0\.020 ± 0\.005 \|/,
  );
  expect(text).toContain('the means differ by 0.20 points, and three seeds of float32 by 1.00.');
});

it('gradientsText shows each seed and each number of steps', () => {
  const result = { seed: 1, steps: 100, relativeError: 0.0482, projection: 0.9984, normRatio: 0.9991 };
  expect(gradientsText({ results: [{ library: 'pytorch', ...result }] })).toMatch(
    /\| PyTorch \| +1 \| +100 \| +0\.048 \| +0\.998 \| +0\.999 \|/,
  );
});
