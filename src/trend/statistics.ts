import { median as medianIfAny } from '../base/numbers/median.ts';
import { seededUniform } from '../base/numbers/seeded-uniform.ts';

/** The median; NaN without values. Infinite values are allowed. */
export const median = (values: readonly number[]): number => medianIfAny(values) ?? Number.NaN;

/** Compares numbers in ascending order; infinite numbers are equal to each other. */
export const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/**
 * The p-quantile of values in ascending order, linear between order statistics (type 7 of Hyndman & Fan 1996). Infinite if the
 * upper neighbour is infinite.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}

/** A line of least squares. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Standard error of the slope; null for two points, because a line always fits them. */
  readonly slopeError: number | null;
  /** Standard deviation of the residuals, with n - 2 degrees of freedom; null for two points. */
  readonly residualDeviation: number | null;
  readonly degreesOfFreedom: number;
  readonly meanX: number;
  /** Sum of squared distances of x from its mean. */
  readonly sumSquaresX: number;
}

/** Ordinary least squares of y on x (n points); undefined if all x are equal or there are fewer than two points. */
export function leastSquares(x: readonly number[], y: readonly number[]): Line | undefined {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  const sumSquaresX = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (n < 2 || sumSquaresX === 0) return undefined;
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0) / sumSquaresX;
  const intercept = meanY - slope * meanX;
  const residuals = x.reduce((sum, value, i) => sum + (y[i]! - intercept - slope * value) ** 2, 0);
  const deviation = n > 2 ? Math.sqrt(residuals / (n - 2)) : null;
  return {
    slope,
    intercept,
    slopeError: deviation === null ? null : deviation / Math.sqrt(sumSquaresX),
    residualDeviation: deviation,
    degreesOfFreedom: n - 2,
    meanX,
    sumSquaresX,
  };
}

/** The median slope of all pairs of points with different x (Theil 1950, Sen 1968); NaN without such pairs. */
export function theilSenSlope(x: readonly number[], y: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i += 1)
    for (let j = i + 1; j < x.length; j += 1) if (x[i] !== x[j]) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!));
  return median(slopes);
}

/** The probability of |T| <= t for Student's t with n degrees of freedom (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). */
function probabilityWithin(t: number, n: number): number {
  const theta = Math.atan(t / Math.sqrt(n));
  const isOdd = n % 2 === 1;
  const cosine = Math.cos(theta);
  let term = isOdd ? cosine : 1;
  let sum = n === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= n - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/**
 * The t for which |T| <= t has this probability (0.95: the two-sided 95 % quantile), for a whole number of degrees of freedom.
 * The distribution function is a finite sum, so bisection is exact except for rounding. The library that has it (stdlib) would
 * bring hundreds of packages.
 */
export function studentT(probability: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (probabilityWithin(high, degreesOfFreedom) < probability) high *= 2;
  for (let step = 0; step < 200 && low < high; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (probabilityWithin(middle, degreesOfFreedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Returns a generator of whole random numbers from 0 to bound - 1; the same for the same seed. */
export function seededIndex(seed: number): (bound: number) => number {
  const uniform = seededUniform(seed);
  return (bound) => Math.floor(uniform() * bound);
}

/**
 * The distribution function of the standard normal distribution, by its series, which converges for every x and is exact to
 * rounding for |x| < 6. Beyond that it is 0 or 1, which is off by less than 1e-9. Source: Marsaglia 2004, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4).
 */
export function standardNormal(x: number): number {
  if (Math.abs(x) > 6) return x < 0 ? 0 : 1;
  let [sum, term] = [x, x];
  for (let k = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
