import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/trend/bootstrap.ts';
import { DAYS_PER_MONTH, monthsBetween } from '../../src/trend/dates.ts';
import { fitTrend } from '../../src/trend/fit.ts';
import { findFrontier } from '../../src/trend/frontier.ts';
import { studentT } from '../../src/trend/statistics.ts';
import type { Sample } from '../../src/trend/types.ts';

/** The date this many days after 2012-06-01. */
const dayAfter = (days: number): string => new Date(Date.UTC(2012, 5, 1 + days)).toISOString().slice(0, 10);

/** Networks on these days. Their need halves exactly every `months` months. */
const halving = (months: number, days: readonly number[]): Sample[] =>
  days.map((day, i) => ({
    network: `n${i}`,
    published: dayAfter(day),
    values: [100 * 2 ** (-day / DAYS_PER_MONTH / months)],
  }));

const DAYS = [0, 300, 700, 1000, 1300, 1900, 2200, 2550];

describe('monthsBetween', () => {
  it('counts months of 30.4375 days', () => {
    expect(monthsBetween('2012-06-01', '2016-06-01')).toBe(48);
    expect(monthsBetween('2016-06-01', '2012-06-01')).toBe(-48);
  });
});

describe('findFrontier', () => {
  const need = (network: string, published: string, value: number) => ({
    network,
    published,
    value,
  });

  it('keeps networks that needed less than all earlier ones, only the best of a date, and no ties', () => {
    const frontier = findFrontier([
      need('tie', '2016-01-01', 3),
      need('first', '2012-01-01', 10),
      need('worse', '2013-01-01', 12),
      need('same day, worse', '2014-01-01', 8),
      need('same day, best', '2014-01-01', 3),
      need('last', '2017-01-01', 1),
    ]);
    expect(frontier.map(({ network }) => network)).toEqual(['first', 'same day, best', 'last']);
  });
});

describe('fitTrend', () => {
  it('finds the doubling time of an exact trend by every estimator', () => {
    const { factor, doublingMonths: doubling, moore } = fitTrend(halving(16, DAYS));
    const months = 2550 / DAYS_PER_MONTH;
    expect(factor).toBeCloseTo(2 ** (months / 16), 8);
    expect(doubling.endToEnd).toBeCloseTo(16, 8);
    expect(doubling.leastSquares).toBeCloseTo(16, 8);
    expect(doubling.theilSen).toBeCloseTo(16, 8);
    for (const bounds of [doubling.leastSquares95, doubling.bootstrap95]) {
      expect(bounds?.[0]).toBeCloseTo(16, 6);
      expect(bounds?.[1]).toBeCloseTo(16, 6);
    }
    expect(doubling.leaveOneOut).toHaveLength(DAYS.length);
    for (const { months: left } of doubling.leaveOneOut) expect(left).toBeCloseTo(16, 8);
    expect(moore?.factor).toBeCloseTo(2 ** (months / 24), 8);
  });

  it('ignores networks behind the frontier', () => {
    const trend = halving(16, DAYS);
    const behind = { network: 'vgg', published: dayAfter(800), values: [500] };
    const { doublingMonths, points } = fitTrend([behind, ...trend]);
    expect(doublingMonths.leastSquares).toBeCloseTo(16, 8);
    expect(points.find(({ network }) => network === 'vgg')).toMatchObject({
      onFrontier: false,
      reduction: 0.2,
    });
  });

  it('computes the interval of the slope from the t distribution and the residuals', () => {
    // log2 needs 0, -1, -1, -2 at months 0, 12, 24, 36: by hand the slope is -0.6 / 12, its error sqrt(0.2 / 2 / 5) / 12.
    const samples = [0, -1, -1.0000001, -2].map((log, i) => ({
      network: `n${i}`,
      published: dayAfter(i * 365.25),
      values: [2 ** log],
    }));
    const { doublingMonths: doubling } = fitTrend(
      samples.map((sample, i) => ({
        ...sample,
        published: ['2012-06-01', '2013-06-01', '2014-06-01', '2015-06-01'][i]!,
      })),
    );
    const reach = studentT(0.95, 2) * Math.sqrt(0.2 / 2 / 5);
    // 365 days a year here, not 12 months of 30.4375 days.
    const months = 365 / DAYS_PER_MONTH;
    expect(doubling.leastSquares).toBeCloseTo(months / 0.6, 3);
    expect(doubling.leastSquares95?.[0]).toBeCloseTo(months / (0.6 + reach), 3);
    // The interval contains slopes without progress (0.6 - 4.3 x 0.14 < 0), so there is no upper bound.
    expect(0.6 - reach).toBeLessThan(0);
    expect(doubling.leastSquares95?.[1]).toBeNull();
  });

  it('takes the median over seeds, with an infinite need for seeds that missed the level', () => {
    const { points } = fitTrend([
      { network: 'two of three', published: '2012-06-01', values: [4, Infinity, 2] },
      { network: 'one of three', published: '2013-06-01', values: [1, Infinity, Infinity] },
    ]);
    expect(points).toEqual([
      expect.objectContaining({ network: 'two of three', value: 4, range: [2, 4], seeds: 3, seedsAtLevel: 2 }),
    ]);
  });

  it.each([
    ['no network', [], /no network reaches/, null],
    ['one network', [{ network: 'a', published: '2012-06-01', values: [1] }], /only a reaches/, 1],
    [
      'one date',
      [
        { network: 'a', published: '2012-06-01', values: [1] },
        { network: 'b', published: '2012-06-01', values: [0.5] },
      ],
      /published on 2012-06-01/,
      1,
    ],
    [
      'no progress',
      [
        { network: 'a', published: '2012-06-01', values: [1] },
        { network: 'b', published: '2013-06-01', values: [2] },
      ],
      /no network published after a/,
      1,
    ],
    [
      'values that are invalid numbers or 0',
      [
        { network: 'a', published: '2012-06-01', values: [Number.NaN] },
        { network: 'b', published: '2013-06-01', values: [0] },
      ],
      /no network reaches/,
      null,
    ],
  ])('with %s gives no fit, and a note with the reason', (_, samples, reason, factor) => {
    const fit = fitTrend(samples);
    expect(fit.factor).toBe(factor);
    expect(fit.doublingMonths).toMatchObject({ endToEnd: null, leastSquares: null, bootstrap95: null });
    expect(fit.moore).toBeNull();
    expect(fit.notes.join()).toMatch(reason);
  });

  it('has no t interval with two points, and reports it', () => {
    const fit = fitTrend(halving(16, [0, 800]));
    expect(fit.doublingMonths.leastSquares).toBeCloseTo(16, 8);
    expect(fit.doublingMonths.leastSquares95).toBeNull();
    expect(fit.notes.join()).toMatch(/no t interval/);
  });
});

describe('bootstrap', () => {
  const noisy = halving(16, DAYS).map(({ values, ...sample }, i) => ({
    ...sample,
    values: [0.8, 1, 1.3].map((noise) => values[0]! * noise * (i % 2 === 0 ? 1.2 : 0.9)),
  }));

  it('gives the same interval in any order of networks and seeds', () => {
    const shuffled = noisy.toReversed().map((sample) => ({ ...sample, values: sample.values.toReversed() }));
    expect(bootstrap(shuffled)).toEqual(bootstrap(noisy));
  });

  it('resamples 10,000 times, and seeds widen the interval', () => {
    const { interval, resamples } = bootstrap(noisy);
    const one = bootstrap(noisy.map((sample) => ({ ...sample, values: [sample.values[1]!] })));
    expect(resamples).toBe(10_000);
    expect(interval[0]).toBeLessThan(one.interval[0]!);
    expect(interval[1]).toBeGreaterThan(one.interval[1]!);
  });

  it('counts resamples without progress', () => {
    // Two draws from two networks are both networks in half of the resamples. The tolerance is six standard deviations.
    const { withoutProgress, interval } = bootstrap(halving(16, [0, 800]));
    expect(Math.abs(withoutProgress - 5000)).toBeLessThan(6 * Math.sqrt(10_000 / 4));
    expect(interval[0]).toBeCloseTo(16, 6);
    expect(interval[1]).toBeNull();
  });
});
