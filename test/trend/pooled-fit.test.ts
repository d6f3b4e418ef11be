import { describe, expect, it } from 'vitest';
import { measureCoverage } from '../../scripts/audit/interval-coverage.ts';
import { worlds } from '../../scripts/audit/simulated-curves.ts';
import { fitTrend } from '../../src/trend/fit.ts';
import { expandedTail } from '../../src/trend/expanded-interval.ts';
import { fitPooled, type NetworkNeeds } from '../../src/trend/pooled-fit.ts';
import { seededIndex, standardNormal } from '../../src/trend/statistics.ts';

const needs = (published: string, ...seeds: number[][]): NetworkNeeds => ({
  network: `n${published}`,
  published,
  seeds,
});

/** The need halves in 16 months of 30.4375 days, which are 487 days. */
const halvedEvery487Days = [
  needs('2012-06-01', [64, 640]),
  needs('2013-10-01', [32, 320]),
  needs('2015-01-31', [16, 160]),
  needs('2016-06-01', [8, 80]),
];

describe('fitPooled', () => {
  it('finds the common doubling time of all levels if there is no scatter', () => {
    expect(fitPooled(halvedEvery487Days).months).toBeCloseTo(16, 10);
  });

  it('is the least-squares estimate if there is one level', () => {
    const rows: [string, number][] = [
      ['2012-01-01', 100],
      ['2013-01-01', 70],
      ['2014-06-01', 90],
      ['2016-01-01', 10],
    ];
    const pooled = fitPooled(rows.map(([date, value]) => needs(date, [value])));
    const single = fitTrend(rows.map(([date, value]) => ({ network: date, published: date, values: [value] })));
    expect(pooled.months).toBeCloseTo(single.doublingMonths.leastSquares!, 10);
  });

  it('takes the median of the needs and not of their logarithms, as the fit of one level does', () => {
    const seeds: [string, number[]][] = [
      ['2012-01-01', [100, 400]],
      ['2014-06-01', [60, 90]],
      ['2016-01-01', [5, 30]],
    ];
    const pooled = fitPooled(seeds.map(([date, values]) => needs(date, ...values.map((value) => [value]))));
    const single = fitTrend(seeds.map(([date, values]) => ({ network: date, published: date, values })));
    expect(pooled.months).toBeCloseTo(single.doublingMonths.leastSquares!, 10);
  });

  it('gives every level its own frontier, so a network may miss a level or be on one frontier only', () => {
    const networks = [
      ...halvedEvery487Days,
      needs('2014-01-01', [Number.POSITIVE_INFINITY, 1e6]),
      needs('2015-06-01', [1e6, Number.POSITIVE_INFINITY]),
    ];
    expect(fitPooled(networks).months).toBeCloseTo(16, 10);
  });

  it('gives the same interval in any order of the networks', () => {
    const networks = halvedEvery487Days.map((n, i) => ({
      ...n,
      seeds: [...n.seeds, [5 + i, 70 - i]],
    }));
    expect(fitPooled(networks.toReversed(), 200)).toEqual(fitPooled(networks, 200));
  });

  it('gives neither an estimate nor an interval without progress', () => {
    const worse = [needs('2012-01-01', [1]), needs('2014-01-01', [2])];
    expect(fitPooled(worse)).toEqual({
      months: null,
      interval95: null,
      resamples: 0,
      withoutProgress: 0,
    });
  });

  it('has an interval that contains the true doubling time in 93 to 97 % of simulated worlds, and so has a single level', () => {
    // In 120 trials, two standard deviations of a share of 0.95 are 4 percentage points.
    const { covered, coveredAtOneLevel } = measureCoverage(worlds[0]!, 120, seededIndex(3));
    for (const share of [covered, coveredAtOneLevel]) {
      expect(share).toBeGreaterThan(0.93 - 0.04);
      expect(share).toBeLessThan(0.97 + 0.04);
    }
  });
});

describe('expandedTail', () => {
  it('is near 2.5 % for many networks and smaller for few', () => {
    expect(expandedTail(100_000, 100_000)).toBeCloseTo(0.025, 4);
    // t with 4 degrees of freedom: 2.776445; x sqrt(5 / 4) = 3.104160; the normal tail beyond it is 0.000954.
    expect(expandedTail(5, 5)).toBeCloseTo(0.000954, 6);
    // t with 2 degrees of freedom: 4.302653; x sqrt(5 / 4) = 4.810512; the normal tail beyond it is 7.53e-7.
    expect(expandedTail(5, 3)).toBeCloseTo(7.53e-7, 9);
  });
});

describe('standardNormal', () => {
  it('agrees with the tables', () => {
    expect(standardNormal(0)).toBe(0.5);
    expect(standardNormal(-1.959963984540054)).toBeCloseTo(0.025, 14);
    expect(standardNormal(3)).toBeCloseTo(0.9986501019683699, 14);
  });
});
