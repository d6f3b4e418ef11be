import type { FixedLevel } from '../config/level.ts';
import { findCrossing } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';
import { levelGrid } from './levels.ts';
import { computeOf } from './measured.ts';
import { listVariants, type Variant } from './networks.ts';
import { fitPooled, type NetworkNeeds } from './pooled-fit.ts';
import { median } from './statistics.ts';
import type { Counts, PooledTrend } from './types.ts';

const needsOf = (
  { network, published, runs }: Variant,
  levels: readonly FixedLevel[],
  counts: Counts,
): NetworkNeeds => ({
  network,
  published,
  seeds: runs.map(({ curve }) =>
    levels.map((level) => {
      const crossing = findCrossing(curve, level);
      return crossing === null ? Number.POSITIVE_INFINITY : computeOf(crossing, counts);
    }),
  ),
});

/** The median over seeds at every level. */
const mediansOf = ({ seeds }: NetworkNeeds): number[] =>
  (seeds[0] ?? []).map((_, level) => median(seeds.map((row) => row[level] ?? Number.NaN)));

/** The number of levels reached and the mean of log2(need) there; they decide between two recipes of one network. */
function scoreOf(needs: NetworkNeeds): { reached: number; meanLog: number } {
  const finite = mediansOf(needs).filter(Number.isFinite);
  return {
    reached: finite.length,
    meanLog: finite.reduce((sum, value) => sum + Math.log2(value), 0) / Math.max(1, finite.length),
  };
}

/** For each network one recipe for all levels: the one that reaches most levels, then the one with the least need. */
function bestRecipes(all: readonly NetworkNeeds[]): NetworkNeeds[] {
  const best = new Map<string, NetworkNeeds>();
  for (const needs of all) {
    const before = best.get(needs.network);
    const [own, other] = [scoreOf(needs), before && scoreOf(before)];
    const better =
      other === undefined ||
      own.reached > other.reached ||
      (own.reached === other.reached && own.meanLog < other.meanLog);
    if (better) best.set(needs.network, needs);
  }
  return [...best.values()];
}

/** The network that sets the level, otherwise the oldest network. */
function anchorOf(measurements: readonly Measurement[]): string {
  const named = measurements.find(({ level }) => level?.anchor !== undefined)?.level?.anchor;
  const pathExists = measurements.some(({ network }) => network === named);
  const [oldest] = measurements.toSorted((a, b) => (a.published < b.published ? -1 : 1));
  return pathExists && named !== undefined ? named : (oldest?.network ?? '');
}

/** The levels of the grid that at least half of the anchor's seeds reach. */
function levelsOfAnchor(
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
 * One doubling time over every level that the anchor's curve reaches, with its interval; docs/trend.md has the formulas.
 * Null where the curves share no level. The measurements are of one dataset.
 */
export function pooledTrend(
  measurements: readonly Measurement[],
  counts: Counts,
  metric?: FixedLevel['metric'],
): PooledTrend | null {
  const anchor = anchorOf(measurements);
  const levels = levelsOfAnchor(measurements, anchor, metric);
  const [first] = levels;
  if (first === undefined) return null;
  const networks = bestRecipes(listVariants(measurements).map((variant) => needsOf(variant, levels, counts)));
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
