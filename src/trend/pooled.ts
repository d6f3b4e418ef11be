import type { FixedLevel } from '../config/level.ts';
import { findCrossing } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';
import { computeAt } from './compute.ts';
import { levelGrid } from './levels.ts';
import { listVariants, type Variant } from './networks.ts';
import { fitPooled, type NetworkNeeds } from './pooled-fit.ts';
import { median } from './statistics.ts';
import type { Counts, PooledTrend } from './types.ts';

const toNetworkNeeds = (
  { network, published, runs }: Variant,
  levels: readonly FixedLevel[],
  counts: Counts,
): NetworkNeeds => ({
  network,
  published,
  seeds: runs.map(({ curve }) =>
    levels.map((level) => {
      const crossing = findCrossing(curve, level);
      return crossing === null ? Number.POSITIVE_INFINITY : computeAt(crossing, counts);
    }),
  ),
});

/** The median over seeds at every level. */
const mediansOverSeeds = ({ seeds }: NetworkNeeds): number[] =>
  (seeds[0] ?? []).map((_, level) => median(seeds.map((row) => row[level] ?? Number.NaN)));

/** What decides between two recipes of one network: the number of levels reached, and the mean of log2(need) at them. */
function scoreRecipe(needs: NetworkNeeds): { reached: number; meanLog: number } {
  const finite = mediansOverSeeds(needs).filter(Number.isFinite);
  return {
    reached: finite.length,
    meanLog: finite.reduce((sum, value) => sum + Math.log2(value), 0) / Math.max(1, finite.length),
  };
}

/** For each network, the recipe that reaches the most levels; of several, the one that needs the least. */
function bestRecipes(all: readonly NetworkNeeds[]): NetworkNeeds[] {
  const best = new Map<string, NetworkNeeds>();
  for (const needs of all) {
    const before = best.get(needs.network);
    const [own, other] = [scoreRecipe(needs), before && scoreRecipe(before)];
    const isBetter =
      other === undefined ||
      own.reached > other.reached ||
      (own.reached === other.reached && own.meanLog < other.meanLog);
    if (isBetter) best.set(needs.network, needs);
  }
  return [...best.values()];
}

/** The network that sets the level, or the oldest network if none does. The run of an anchor has a level, but its config has none. */
function findAnchor(measurements: readonly Measurement[]): string {
  const anchor = measurements.find(({ level, config }) => level?.anchor !== undefined && config['level'] === null);
  const [oldest] = measurements.toSorted((a, b) => (a.published < b.published ? -1 : 1));
  return (anchor ?? oldest)?.network ?? '';
}

/** The levels of the grid that at least half of the anchor's runs reach. */
function levelsReachedBy(
  measurements: readonly Measurement[],
  anchor: string,
  metric: FixedLevel['metric'] | undefined,
): FixedLevel[] {
  const runs = measurements.filter(({ network }) => network === anchor);
  return levelGrid(measurements, metric).filter(
    (level) => 2 * runs.filter(({ curve }) => findCrossing(curve, level) !== null).length >= runs.length,
  );
}

/**
 * One doubling time over all levels that the anchor's learning curve reaches, with its interval. docs/trend.md has the
 * formulas. The measurements must be of one dataset. Null if their curves share no level.
 */
export function pooledTrend(
  measurements: readonly Measurement[],
  counts: Counts,
  metric?: FixedLevel['metric'],
): PooledTrend | null {
  const anchor = findAnchor(measurements);
  const levels = levelsReachedBy(measurements, anchor, metric);
  const [first] = levels;
  if (first === undefined) return null;
  const networks = bestRecipes(listVariants(measurements).map((variant) => toNetworkNeeds(variant, levels, counts)));
  return {
    data: measurements[0]?.data.name ?? '',
    metric: first.metric,
    counts,
    anchor,
    levels: levels.map(({ value }) => value),
    networks: networks.length,
    ...fitPooled(networks),
  };
}
