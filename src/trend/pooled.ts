import { groupBy } from '../base/group-by.ts';
import type { FixedLevel } from '../config/level.ts';
import { findCrossing } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';
import { computeAt } from './compute.ts';
import { levelGrid } from './levels.ts';
import { anchorRun } from './level-names.ts';
import { compareVariants, listVariants, networkKey, networkName, runsOfSeeds, type Variant } from './networks.ts';
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

/** For each network, the recipe that reaches the most levels; of several, the one that needs the least. Does not depend on their order. */
function bestRecipes(variants: readonly Variant[], toNeeds: (variant: Variant) => NetworkNeeds): NetworkNeeds[] {
  return [...groupBy(variants, ({ network }) => network).values()].map((recipes) => {
    const scored = recipes.map((variant) => ({ variant, needs: toNeeds(variant) }));
    const [best] = scored
      .map((recipe) => ({ ...recipe, ...scoreRecipe(recipe.needs) }))
      .sort((a, b) => b.reached - a.reached || a.meanLog - b.meanLog || compareVariants(a.variant, b.variant));
    return best!.needs;
  });
}

/** Whether a run has set the level of its sweep: its measurement got the level after the training. */
const hasSetLevel = ({ level, config }: Measurement): boolean =>
  level?.anchor !== undefined && config['level'] === null;

/** The runs of a network that may set which levels are used. */
function anchorsOf(measurements: readonly Measurement[]): readonly Measurement[] {
  const setters = measurements.filter(hasSetLevel);
  if (setters.length > 0) return setters;
  const names = new Set(
    measurements.flatMap(({ level }) => (level?.anchor === undefined ? [] : anchorRun(level.anchor))),
  );
  const named = measurements.filter(({ network }) => names.has(network));
  return named.length > 0 ? named : measurements;
}

/** A run of the network that sets the level; of several such networks, and without one, a run of the oldest network. */
function findAnchor(measurements: readonly Measurement[]): Measurement | undefined {
  const byDate = (a: Measurement, b: Measurement): number =>
    a.published < b.published ? -1 : a.published > b.published ? 1 : networkKey(a) < networkKey(b) ? -1 : 1;
  return anchorsOf(measurements).toSorted(byDate)[0];
}

/** The levels of the grid that at least half of the anchor's runs reach. */
function levelsReachedBy(
  measurements: readonly Measurement[],
  anchor: Measurement,
  metric: FixedLevel['metric'] | undefined,
): FixedLevel[] {
  const runs = runsOfSeeds(measurements).filter((run) => networkKey(run) === networkKey(anchor));
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
  if (anchor === undefined) return null;
  const levels = levelsReachedBy(measurements, anchor, metric);
  const [first] = levels;
  if (first === undefined) return null;
  const networks = bestRecipes(listVariants(measurements), (variant) => toNetworkNeeds(variant, levels, counts));
  return {
    data: anchor.data.name,
    metric: first.metric,
    counts,
    anchor: networkName(anchor, measurements),
    levels: levels.map(({ value }) => value),
    networks: networks.length,
    ...fitPooled(networks),
  };
}
