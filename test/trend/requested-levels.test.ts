import { describe, expect, it } from 'vitest';
import { composeTrend } from '../../src/trend/trend.ts';
import { trendText } from '../../src/trend/text.ts';
import { alexNetLevel, makeMeasurement, makeSweep } from '../support/measurements.ts';

const sweep = makeSweep([0], { gpu: true });
const usageError = (message: RegExp): unknown =>
  expect.objectContaining({ exitCode: 64, message: expect.stringMatching(message) as string });

describe('a requested level', () => {
  it('is refused if nothing has it, also beside levels that match', () => {
    expect(() => composeTrend([], { published: true, levels: ['resnet', 'nowhere'] })).toThrow(
      usageError(/^no published level matches --level nowhere: leave/),
    );
    expect(() => composeTrend(sweep, { levels: [0.6, 'nowhere'] })).toThrow(
      usageError(/^--level nowhere is not an accuracy/),
    );
    expect(composeTrend(sweep, { published: true, levels: [0.6, 'resnet'] }).levels.length).toBeGreaterThan(2);
  });

  it('is an accuracy if there are measurements, also beside published levels', () => {
    expect(() => composeTrend(sweep, { published: true, levels: ['resnet'] })).toThrow(
      usageError(/^--level resnet is not an accuracy, but the measurements need one/),
    );
  });

  it('is refused if the measurements have several rules', () => {
    const level = { ...alexNetLevel, rule: { ...alexNetLevel.rule, evaluationsInARow: 3 } };
    const other = makeMeasurement({ network: 'vgg11', published: '2014-09-04', level });
    for (const levels of [[0.6], 'all'] as const)
      expect(() => composeTrend([...sweep, other], { levels })).toThrow(
        /two rules for a top-5 level: .*InARow 1 \(alexnet\), or .*InARow 3 \(vgg11\); name measurements with one rule/,
      );
    expect(composeTrend([...sweep, other], { levels: 'own' }).levels).toHaveLength(2);
  });
});

describe('effective compute', () => {
  const period = [2012, 2018] as const;

  it('names the level of its algorithms', () => {
    const { effectiveCompute } = composeTrend(sweep, { levels: [0.6], period });
    expect(effectiveCompute!.notes[0]).toBe('algorithms: the reduction at top-5 60.0 % on imagenet-part');
  });

  it('takes no level without a trend, and says so if there is no other', () => {
    const trend = composeTrend(sweep, { levels: [0.99], period });
    expect(trend.effectiveCompute).toBeNull();
    expect(trendText(trend, 'text')).toContain('No level has a trend, so there is no effective compute.');
    const { effectiveCompute } = composeTrend(sweep, { levels: [0.99, 0.6], period });
    expect(effectiveCompute!.notes[0]).toContain('60.0 %');
  });
});

it('does not fit costs in several currencies together', () => {
  const inEuro = sweep.map((run) =>
    run.network === 'alexnet'
      ? { ...run, totals: { ...run.totals, cost: { ...run.totals.cost!, currency: 'EUR' } } }
      : run,
  );
  const costs = [sweep, inEuro].map((runs) => composeTrend(runs, { levels: 'own' }).levels[0]!);
  expect(costs.map(({ measures }) => measures.cost?.unit)).toEqual(['USD', undefined]);
  expect(costs[1]!.notes).toContain('the cost is not fitted, because it is in several currencies: EUR, USD');
});

it('a requested level is refused if as many measurements have one metric as the other, unless the metric is named', () => {
  const runs = [makeMeasurement(), makeMeasurement({ network: 'vgg11', published: '2014-09-04' })];
  const level = { metric: 'top1', value: 0.5, rule: runs[0]!.level!.rule } as const;
  const tied = [
    ...runs,
    ...['resnet18', 'resnet34'].map((network) => makeMeasurement({ network, published: '2015-12-10', level })),
  ];
  for (const levels of [[0.4], 'all'] as const) {
    expect(() => composeTrend(tied, { levels })).toThrow(
      expect.objectContaining({
        exitCode: 64,
        message:
          'a level may be a top-1 or a top-5 accuracy, because of the measurements on imagenet-part 2 have top-1 and 2 have top-5: add --metric top1 or --metric top5, or name measurements with one metric',
      }),
    );
    expect(composeTrend(tied, { levels, metric: 'top1' }).levels[0]?.metric).toBe('top1');
    expect(composeTrend(tied.slice(0, 3), { levels }).levels[0]?.metric).toBe('top5');
  }
  expect(composeTrend(tied, { levels: 'own' }).levels.map(({ metric }) => metric)).toEqual(['top1', 'top5']);
});
