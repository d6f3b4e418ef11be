import { monthsBetween } from './dates.ts';
import { leastSquares, median, quantileOfSorted, seededIndex } from './statistics.ts';
import type { Sample } from './types.ts';

export const RESAMPLES = 10_000;
const SEED = 20_200_508;

export interface Bootstrap {
  /** The 2.5 % and 97.5 % quantiles of the doubling time in months; null stands for no bound (no progress). */
  readonly interval: readonly [number | null, number | null];
  readonly resamples: number;
  /** How many resamples show no progress at all; they count as an infinite doubling time. */
  readonly withoutProgress: number;
}

/** One draw of a network: the median over seeds drawn with replacement; a seed that missed the level needs infinitely much. */
function drawnNeed(values: readonly number[], pick: (bound: number) => number): number {
  if (values.length === 1) return values[0]!;
  return median(values.map(() => values[pick(values.length)]!));
}

/** The least-squares doubling time of the frontier of needs in order of date; infinite without progress. */
function doublingOfDrawn(months: readonly number[], needs: Float64Array): number {
  const x: number[] = [];
  const y: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < needs.length; i += 1) {
    const need = needs[i]!;
    if (need >= best) continue;
    best = need;
    if (x.at(-1) === months[i]) {
      y[y.length - 1] = Math.log2(need);
    } else {
      x.push(months[i]!);
      y.push(Math.log2(need));
    }
  }
  const slope = leastSquares(x, y)?.slope ?? 0;
  return slope < 0 ? -1 / slope : Number.POSITIVE_INFINITY;
}

/**
 * The percentile bootstrap (Efron 1979) over networks and, within each drawn network, over seeds: every resample has its
 * own frontier and its own least-squares fit. Seeded, so the same points always give the same interval.
 */
export function bootstrap(samples: readonly Sample[], resamples = RESAMPLES): Bootstrap {
  const sorted = samples.toSorted((a, b) => (a.published < b.published ? -1 : 1));
  const first = sorted[0]?.published ?? '1970-01-01';
  const months = sorted.map(({ published }) => monthsBetween(first, published));
  const pick = seededIndex(SEED);
  const doublings = new Float64Array(resamples);
  const needs = new Float64Array(sorted.length);
  for (let resample = 0; resample < resamples; resample += 1) {
    needs.fill(Number.POSITIVE_INFINITY);
    for (let draw = 0; draw < sorted.length; draw += 1) {
      const at = pick(sorted.length);
      needs[at] = Math.min(needs[at]!, drawnNeed(sorted[at]!.values, pick));
    }
    doublings[resample] = doublingOfDrawn(months, needs);
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
