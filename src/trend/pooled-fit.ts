import { monthsBetween } from './dates.ts';
import { Resamples } from './expanded-interval.ts';
import { seededIndex } from './statistics.ts';
import type { Interval } from './types.ts';

/** What the runs of one network need to reach each level. */
export interface NetworkNeeds {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** [seeds][levels], in any unit where less is better; infinite if the learning curve stays below the level. */
  readonly seeds: readonly (readonly number[])[];
}

/** The result of `fitPooled`. */
export interface PooledFit {
  /** Months in which the need halves, over all levels together; null without progress. */
  readonly months: number | null;
  /** The 95 % interval; a bound of null means no bound. Null with fewer than three networks. */
  readonly interval95: Interval | null;
  readonly resamples: number;
  /** The number of resamples without progress. Their doubling time is infinite. */
  readonly withoutProgress: number;
}

/** The number of resamples. */
export const POOLED_RESAMPLES = 10_000;
/** An arbitrary fixed seed. */
const SEED = 20_221_215;

/** Networks in the order of publication. */
interface Prepared {
  /** [networks], months from the first network. */
  readonly months: readonly number[];
  /** [networks][seeds][levels]. */
  readonly needs: readonly (readonly Float64Array[])[];
  /** The number of levels. */
  readonly levels: number;
}

function prepare(networks: readonly NetworkNeeds[]): Prepared {
  const sorted = networks.toSorted((a, b) => (`${a.published} ${a.network}` < `${b.published} ${b.network}` ? -1 : 1));
  const first = sorted[0]?.published ?? '';
  return {
    months: sorted.map(({ published }) => monthsBetween(first, published)),
    needs: sorted.map(({ seeds }) => seeds.map((row) => Float64Array.from(row))),
    levels: sorted[0]?.seeds[0]?.length ?? 0,
  };
}

/** The median of at least one value. Sorts `values` in place. */
function medianInPlace(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  const upper = values[half] ?? Number.NaN;
  const lower = values[half - 1] ?? Number.NaN;
  return values.length % 2 === 1 || upper === lower ? upper : (lower + upper) / 2;
}

/** Returns the seed that is used in the place of a network's seed. */
type PickSeed = (network: number, seed: number) => number;

/** log2 of the median over the picked seeds of every drawn network at every level: [drawn, levels]. */
function logMedianNeeds({ needs, levels }: Prepared, drawn: readonly number[], pick: PickSeed): Float64Array {
  const logs = new Float64Array(drawn.length * levels);
  for (const [at, network] of drawn.entries()) {
    const rows = needs[network] ?? [];
    const picked = rows.map((_, seed) => rows[pick(network, seed)] ?? new Float64Array(levels));
    for (let level = 0; level < levels; level += 1)
      logs[at * levels + level] = Math.log2(
        medianInPlace(Float64Array.from(picked, (row) => row[level] ?? Number.NaN)),
      );
  }
  return logs;
}

/** A drawn network on the frontier of a level. */
interface FrontierPoint {
  /** Its place among the drawn networks. */
  readonly at: number;
  /** Months. */
  readonly x: number;
  /** log2 of the need. */
  readonly y: number;
}

/** The frontier of one level: the least need of each date, if it is below all earlier ones. */
function frontierAt(months: readonly number[], needs: readonly number[]): FrontierPoint[] {
  const frontier: FrontierPoint[] = [];
  for (const [at, y] of needs.entries()) {
    const x = months[at] ?? 0;
    const last = frontier.at(-1);
    if (!Number.isFinite(y) || (last !== undefined && y >= last.y)) continue;
    if (last?.x === x) frontier.pop();
    frontier.push({ at, x, y });
  }
  return frontier;
}

interface SharedLine {
  /** The slope of log2(need) per month; zero if no level has a frontier of two dates. */
  readonly slope: number;
  /** The networks on the frontiers, once per level. */
  readonly networks: readonly number[];
}

/** The slope that all levels share: ordinary least squares over the points of all frontiers, with an intercept per level. */
function fitLine(prepared: Prepared, drawn: readonly number[], pick: PickSeed): SharedLine {
  const months = drawn.map((network) => prepared.months[network] ?? 0);
  const logs = logMedianNeeds(prepared, drawn, pick);
  const networks: number[] = [];
  let [sumXX, sumXY] = [0, 0];
  for (let level = 0; level < prepared.levels; level += 1) {
    const frontier = frontierAt(
      months,
      months.map((_, at) => logs[at * prepared.levels + level] ?? Number.NaN),
    );
    const meanX = frontier.reduce((sum, { x }) => sum + x, 0) / frontier.length;
    const meanY = frontier.reduce((sum, { y }) => sum + y, 0) / frontier.length;
    for (const { at, x, y } of frontier) {
      networks.push(drawn[at]!);
      sumXX += (x - meanX) ** 2;
      sumXY += (x - meanX) * (y - meanY);
    }
  }
  return { slope: sumXX > 0 ? sumXY / sumXX : 0, networks };
}

const toMonths = (slope: number): number => (slope < 0 ? -1 / slope : Number.POSITIVE_INFINITY);

/** Draws networks with replacement, and for each drawn network its seeds, with all their levels. Fits every resample. */
function resample(prepared: Prepared, count: number): Resamples {
  const n = prepared.needs.length;
  const index = seededIndex(SEED);
  const resamples = new Resamples(n);
  for (let i = 0; i < count; i += 1) {
    const drawn = Array.from({ length: n }, () => index(n)).sort((a, b) => a - b);
    const { slope, networks } = fitLine(prepared, drawn, (network) => index(prepared.needs[network]?.length ?? 1));
    for (const network of drawn) resamples.draw(network);
    for (const network of networks) resamples.putOnFrontier(network);
    resamples.end(toMonths(slope));
  }
  return resamples;
}

/**
 * Fits one doubling time over several levels. Each level has its own frontier (Hernandez & Brown 2020, section 4.1) and its
 * own intercept; all levels share the slope. A single level is the weak point of the published method (Erdil & Besiroglu 2022,
 * arXiv 2212.05153). The interval is an expanded percentile bootstrap over networks and seeds. Its random numbers have a fixed
 * seed, and it does not depend on the order of the networks.
 */
export function fitPooled(networks: readonly NetworkNeeds[], resamples = POOLED_RESAMPLES): PooledFit {
  const prepared = prepare(networks);
  const all = prepared.needs.map((_, network) => network);
  const estimate = toMonths(fitLine(prepared, all, (_, seed) => seed).slope);
  const months = Number.isFinite(estimate) ? estimate : null;
  if (networks.length < 3) return { months, interval95: null, resamples: 0, withoutProgress: 0 };
  const drawn = resample(prepared, resamples);
  return { months, interval95: drawn.interval95(), resamples, withoutProgress: drawn.withoutProgress };
}
