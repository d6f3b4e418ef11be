import { describe, expect, it } from 'vitest';
import {
  leastSquares,
  median,
  quantileOfSorted,
  seededIndex,
  studentT,
  theilSenSlope,
} from '../../src/trend/statistics.ts';

describe('leastSquares', () => {
  it('gives slope, intercept and the error of the slope', () => {
    // By hand: residuals -0.1, 0.3, -0.3, 0.1; their squares sum to 0.2 over 2 degrees of freedom; Sxx is 5.
    const line = leastSquares([0, 1, 2, 3], [0, 1, 1, 2])!;
    expect(line.slope).toBeCloseTo(0.6, 12);
    expect(line.intercept).toBeCloseTo(0.1, 12);
    expect(line.residualDeviation).toBeCloseTo(Math.sqrt(0.2 / 2), 12);
    expect(line.slopeError).toBeCloseTo(Math.sqrt(0.2 / 2 / 5), 12);
    expect(line).toMatchObject({ degreesOfFreedom: 2, sumSquaresX: 5 });
  });

  it('has no error of the slope for two points', () => {
    expect(leastSquares([0, 2], [1, 5])).toMatchObject({
      slope: 2,
      intercept: 1,
      slopeError: null,
    });
  });

  it('is undefined for one point, for no point, and if all x are equal', () => {
    expect(leastSquares([1], [1])).toBeUndefined();
    expect(leastSquares([], [])).toBeUndefined();
    expect(leastSquares([1, 1], [1, 2])).toBeUndefined();
  });
});

describe('studentT', () => {
  // Abramowitz & Stegun 1964, Table 26.10 (A = 0.95 and 0.99), to the digits printed there.
  it.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 9, 2.262],
    [0.95, 30, 2.042],
    [0.95, 120, 1.98],
    [0.99, 1, 63.657],
    [0.99, 5, 4.032],
    [0.99, 10, 3.169],
  ])('%d within t of %d degrees of freedom: %d', (probability, degrees, expected) => {
    expect(studentT(probability, degrees)).toBeCloseTo(expected, 3);
  });

  it('has its closed forms for one and two degrees of freedom', () => {
    expect(studentT(0.9, 1)).toBeCloseTo(Math.tan((0.9 * Math.PI) / 2), 10);
    expect(studentT(0.9, 2)).toBeCloseTo(0.9 * Math.sqrt(2 / (1 - 0.9 ** 2)), 10);
  });
});

describe('theilSenSlope', () => {
  it('is the median slope of all pairs, which one outlier does not change', () => {
    expect(theilSenSlope([0, 1, 2, 3, 4], [0, 2, 4, 6, 1000])).toBe(2);
  });

  it('leaves out pairs with equal x', () => {
    expect(theilSenSlope([0, 0, 1], [0, 2, 4])).toBe(3);
    expect(theilSenSlope([1, 1], [0, 2])).toBeNaN();
  });
});

describe('median and quantiles', () => {
  it('take the middle, or between the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([1, Infinity, 2])).toBe(2);
    expect(median([1, Infinity])).toBe(Infinity);
    expect(median([])).toBeNaN();
  });

  it('interpolate between order statistics', () => {
    expect(quantileOfSorted([0, 10, 20, 30, 40], 0.25)).toBe(10);
    expect(quantileOfSorted([0, 10], 0.75)).toBe(7.5);
    expect(quantileOfSorted([1, Infinity, Infinity], 0.9)).toBe(Infinity);
  });
});

describe('seededIndex', () => {
  it('repeats its numbers for the same seed, and covers its range evenly', () => {
    const [a, b] = [seededIndex(7), seededIndex(7)];
    const draws = Array.from({ length: 60_000 }, () => a(6));
    expect(draws.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, () => b(6)));
    for (let face = 0; face < 6; face += 1) {
      // Six standard deviations of a binomial count of 60,000 throws at 1/6.
      const count = draws.filter((draw) => draw === face).length;
      expect(Math.abs(count - 10_000)).toBeLessThan(6 * Math.sqrt((60_000 * 5) / 36));
    }
  });
});
