import { monthsBetween } from './dates.ts';
import { quantileOfSorted, seededIndex } from './statistics.ts';
import type { Sample } from './types.ts';

/** The number of resamples. */
export const RESAMPLES = 10_000;
/** An arbitrary fixed seed. */
const SEED = 20_200_508;

/** The result of a bootstrap. */
export interface Bootstrap {
  /** The 2.5 % and 97.5 % quantiles of the doubling time in months; null means no bound (no progress). */
  readonly interval: readonly [number | null, number | null];
  readonly resamples: number;
  /** The number of resamples without progress. Their doubling time is infinite. */
  readonly withoutProgress: number;
}

/**
 * What a resampled network needs: the median over its seeds, drawn with replacement. A seed that missed the level needs an
 * infinite amount.
 * @param values one per seed, in ascending order: then the number of draws of each value gives the median.
 */
function resampleNeed(values: readonly number[], pick: (bound: number) => number): number {
  const n = values.length;
  if (n === 1) return values[0]!;
  const draws = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) draws[pick(n)]! += 1;
  const valueAtRank = (rank: number): number => {
    let at = 0;
    for (let count = draws[0]!; count <= rank; count += draws[at]!) at += 1;
    return values[at]!;
  };
  return n % 2 === 1 ? valueAtRank(n >> 1) : (valueAtRank((n >> 1) - 1) + valueAtRank(n >> 1)) / 2;
}

/**
 * The least-squares doubling time of the frontier, in months; infinite without progress. It is one pass without allocation,
 * because it runs once per resample.
 * @param needs what the best network of each date needs, oldest first.
 */
function fitDoublingMonths(months: readonly number[], needs: Float64Array): number {
  let [best, n, sumX, sumY, sumXX, sumXY] = [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0];
  for (let i = 0; i < needs.length; i += 1) {
    const need = needs[i]!;
    if (need >= best) continue;
    best = need;
    const x = months[i]!;
    const y = Math.log2(need);
    n += 1;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const slope = n > 1 ? (n * sumXY - sumX * sumY) / (n * sumXX - sumX * sumX) : 0;
  return slope < 0 ? -1 / slope : Number.POSITIVE_INFINITY;
}

/** A fixed order, so that the draws do not depend on the order of files. */
const byDateAndName = (a: Sample, b: Sample): number =>
  `${a.published} ${a.network}` < `${b.published} ${b.network}` ? -1 : 1;

/**
 * The percentile bootstrap (Efron 1979) over networks and, within each drawn network, over seeds. Every resample has its own
 * frontier and its own least-squares fit. The random numbers have a fixed seed: the same points always give the same interval.
 */
export function bootstrap(samples: readonly Sample[], resamples = RESAMPLES): Bootstrap {
  const sorted = samples
    .toSorted(byDateAndName)
    .map((sample) => ({ ...sample, values: sample.values.toSorted((a, b) => a - b) }));
  const dates = [...new Set(sorted.map(({ published }) => published))];
  const months = dates.map((date) => monthsBetween(dates[0]!, date));
  const dateIndices = sorted.map(({ published }) => dates.indexOf(published));
  const pick = seededIndex(SEED);
  const doublings = new Float64Array(resamples);
  const needs = new Float64Array(dates.length);
  for (let resample = 0; resample < resamples; resample += 1) {
    needs.fill(Number.POSITIVE_INFINITY);
    for (let draw = 0; draw < sorted.length; draw += 1) {
      const drawn = pick(sorted.length);
      const date = dateIndices[drawn]!;
      needs[date] = Math.min(needs[date]!, resampleNeed(sorted[drawn]!.values, pick));
    }
    doublings[resample] = fitDoublingMonths(months, needs);
  }
  doublings.sort();
  const bound = (p: number): number | null => finiteOrNull(quantileOfSorted(doublings, p));
  return {
    interval: [bound(0.025), bound(0.975)],
    resamples,
    withoutProgress: doublings.filter((value) => value === Number.POSITIVE_INFINITY).length,
  };
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
