import { monthsBetween } from './dates.ts';
import { quantileOfSorted, seededIndex, standardNormal, studentT } from './statistics.ts';
import type { Interval } from './types.ts';

/** The needs of the runs of one network at every level. */
export interface NetworkNeeds {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** One row per seed, one need per level in any unit where less is better; infinite if the curve stays below it. */
  readonly seeds: readonly (readonly number[])[];
}

export interface PooledFit {
  /** Months in which the need halves, over all levels together; null without progress. */
  readonly months: number | null;
  /** The 95 % interval; a bound of null means no bound. Null with fewer than three networks. */
  readonly interval95: Interval | null;
  readonly resamples: number;
  /** Resamples without any progress; they count as an infinite doubling time. */
  readonly withoutProgress: number;
}

export const POOLED_RESAMPLES = 2_000;
const SEED = 20_221_215;

/** Networks in the order of publication, with log2 of their needs: `needs[network][seed][level]`. */
interface Prepared {
  readonly months: readonly number[];
  readonly needs: readonly (readonly Float64Array[])[];
  readonly levels: number;
}

function prepare(networks: readonly NetworkNeeds[]): Prepared {
  const sorted = networks.toSorted((a, b) => (`${a.published} ${a.network}` < `${b.published} ${b.network}` ? -1 : 1));
  const first = sorted[0]?.published ?? '';
  return {
    months: sorted.map(({ published }) => monthsBetween(first, published)),
    needs: sorted.map(({ seeds }) => seeds.map((row) => Float64Array.from(row, Math.log2))),
    levels: sorted[0]?.seeds[0]?.length ?? 0,
  };
}

/** The median of at least one value; sorts `values` in place. */
function medianOf(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  const upper = values[half] ?? Number.NaN;
  const lower = values[half - 1] ?? Number.NaN;
  return values.length % 2 === 1 || upper === lower ? upper : (lower + upper) / 2;
}

type PickSeed = (network: number, seed: number) => number;

/** The median over the picked seeds at every level: `medians[network * levels + level]`. */
function mediansOf({ needs, levels }: Prepared, drawn: readonly number[], pick: PickSeed): Float64Array {
  const medians = new Float64Array(drawn.length * levels);
  for (const [at, network] of drawn.entries()) {
    const rows = needs[network] ?? [];
    const picked = rows.map((_, seed) => rows[pick(network, seed)] ?? new Float64Array(levels));
    for (let level = 0; level < levels; level += 1)
      medians[at * levels + level] = medianOf(Float64Array.from(picked, (row) => row[level] ?? Number.NaN));
  }
  return medians;
}

/** The networks on the frontier of one level: the least need of each date, if it is below all earlier ones. */
function frontierAt(months: readonly number[], needs: readonly number[]): { x: number; y: number }[] {
  const frontier: { x: number; y: number }[] = [];
  for (const [i, y] of needs.entries()) {
    const x = months[i] ?? 0;
    const last = frontier.at(-1);
    if (!Number.isFinite(y) || (last !== undefined && y >= last.y)) continue;
    if (last?.x === x) frontier.pop();
    frontier.push({ x, y });
  }
  return frontier;
}

/**
 * The slope of log2(need) per month that all levels share: ordinary least squares over the frontiers' points with an
 * intercept per level. Zero where no level has a frontier of two dates.
 */
function sharedSlope(months: readonly number[], medians: Float64Array, levels: number): number {
  let [sumXX, sumXY] = [0, 0];
  for (let level = 0; level < levels; level += 1) {
    const frontier = frontierAt(
      months,
      months.map((_, at) => medians[at * levels + level] ?? Number.NaN),
    );
    const meanX = frontier.reduce((sum, { x }) => sum + x, 0) / frontier.length;
    const meanY = frontier.reduce((sum, { y }) => sum + y, 0) / frontier.length;
    for (const { x, y } of frontier) {
      sumXX += (x - meanX) ** 2;
      sumXY += (x - meanX) * (y - meanY);
    }
  }
  return sumXX > 0 ? sumXY / sumXX : 0;
}

function slopeOf(prepared: Prepared, drawn: readonly number[], pick: PickSeed): number {
  const months = drawn.map((network) => prepared.months[network] ?? 0);
  return sharedSlope(months, mediansOf(prepared, drawn, pick), prepared.levels);
}

const toMonths = (slope: number): number => (slope < 0 ? -1 / slope : Number.POSITIVE_INFINITY);
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/**
 * The probability in each tail of the expanded percentile interval for n drawn units: the plain percentile interval is too
 * narrow for few units, by the factor sqrt((n - 1) / n) and by the normal quantile in place of Student's t.
 * Source: Hesterberg 2015, "What Teachers Should Know About the Bootstrap", section 4.3.
 */
export const expandedTail = (n: number): number => standardNormal(-Math.sqrt(n / (n - 1)) * studentT(0.95, n - 1));

/** Slopes of resamples: networks with replacement and, for each, its seeds with replacement, every curve whole. */
function resampledSlopes(prepared: Prepared, resamples: number): Float64Array {
  const n = prepared.needs.length;
  const index = seededIndex(SEED);
  return Float64Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: n }, () => index(n)).sort((a, b) => a - b);
    return slopeOf(prepared, drawn, (network) => index(prepared.needs[network]?.length ?? 1));
  });
}

/**
 * One doubling time over several levels. Each level has its own frontier (Hernandez & Brown 2020, section 4.1) and its own
 * intercept; the slope is shared. A single threshold is the weak point of the published method (Erdil & Besiroglu 2022,
 * arXiv 2212.05153). The interval is an expanded percentile bootstrap over networks and seeds; it is seeded and does not depend on the order of
 * the networks.
 */
export function fitPooled(networks: readonly NetworkNeeds[], resamples = POOLED_RESAMPLES): PooledFit {
  const prepared = prepare(networks);
  const all = prepared.needs.map((_, network) => network);
  const months = finiteOrNull(toMonths(slopeOf(prepared, all, (_, seed) => seed)));
  if (networks.length < 3) return { months, interval95: null, resamples: 0, withoutProgress: 0 };
  const doublings = resampledSlopes(prepared, resamples).map(toMonths).sort();
  const tail = expandedTail(networks.length);
  const bound = (p: number): number | null => finiteOrNull(quantileOfSorted(doublings, p));
  return {
    months,
    interval95: [bound(tail), bound(1 - tail)],
    resamples,
    withoutProgress: doublings.filter((value) => value === Number.POSITIVE_INFINITY).length,
  };
}
