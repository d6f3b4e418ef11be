import { monthsBetween } from './dates.ts';
import { Resamples } from './expanded-interval.ts';
import { seededIndex } from './statistics.ts';
import type { Interval, Sample } from './types.ts';

/** The number of resamples. */
export const RESAMPLES = 10_000;
/** An arbitrary fixed seed. */
const SEED = 20_200_508;

/** The result of a bootstrap. */
export interface Bootstrap {
  /** The 95 % interval of the doubling time in months; null means no bound (no progress). */
  readonly interval: Interval;
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

/** What the best network of each date needs in a resample, oldest date first. */
interface Best {
  readonly needs: Float64Array;
  /** The network of each need. */
  readonly networks: Uint32Array;
}

/**
 * The least-squares doubling time of the frontier, in months; infinite without progress. It is one pass without allocation,
 * because it runs once per resample. The networks on the frontier are put into `resamples`.
 */
function fitDoublingMonths(months: readonly number[], { needs, networks }: Best, resamples: Resamples): number {
  let [best, n, sumX, sumY, sumXX, sumXY] = [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0];
  for (let i = 0; i < needs.length; i += 1) {
    const need = needs[i]!;
    if (need >= best) continue;
    best = need;
    resamples.putOnFrontier(networks[i]!);
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
 * The expanded percentile bootstrap over networks and, within each drawn network, over seeds. Every resample has its own
 * frontier and its own least-squares fit. The random numbers have a fixed seed: the same points always give the same interval.
 * Sources: Efron 1979; Hesterberg 2015, section 4.3 (expanded-interval.ts).
 */
export function bootstrap(samples: readonly Sample[], count = RESAMPLES): Bootstrap {
  const sorted = samples
    .toSorted(byDateAndName)
    .map((sample) => ({ ...sample, values: sample.values.toSorted((a, b) => a - b) }));
  const dates = [...new Set(sorted.map(({ published }) => published))];
  const months = dates.map((date) => monthsBetween(dates[0]!, date));
  const dateIndices = sorted.map(({ published }) => dates.indexOf(published));
  const pick = seededIndex(SEED);
  const resamples = new Resamples(sorted.length);
  const best: Best = { needs: new Float64Array(dates.length), networks: new Uint32Array(dates.length) };
  for (let i = 0; i < count; i += 1) {
    best.needs.fill(Number.POSITIVE_INFINITY);
    for (let draw = 0; draw < sorted.length; draw += 1) {
      const drawn = pick(sorted.length);
      const date = dateIndices[drawn]!;
      const need = resampleNeed(sorted[drawn]!.values, pick);
      resamples.draw(drawn);
      if (need >= best.needs[date]!) continue;
      best.needs[date] = need;
      best.networks[date] = drawn;
    }
    resamples.end(fitDoublingMonths(months, best, resamples));
  }
  return { interval: resamples.interval95(), resamples: count, withoutProgress: resamples.withoutProgress };
}
