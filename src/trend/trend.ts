import { dataError, ExitCode, UserError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { effectiveCompute } from './effective.ts';
import { levelAt, levelGrid, ownLevels } from './levels.ts';
import { trendAtLevel } from './measured.ts';
import { byData, distinctRuns } from './networks.ts';
import { pooledTrend } from './pooled.ts';
import { claimsOf } from './published/claims.ts';
import { readExactCounts, readPublished } from './published/data.ts';
import { trackerErrors } from './published/errors.ts';
import { countComparisons, publishedLevels, tableLevel } from './published/levels.ts';
import type { Counts, LevelTrend, PooledTrend, Trend } from './types.ts';

export interface TrendOptions {
  /** `exact`: this project's FLOPs; `paper`: 3 x forward MACs. Without it, published levels are given by both. */
  readonly counts?: Counts | undefined;
  /** The measurements' own levels, a grid over the curves, fractions of 1, or parts of the names of published levels. */
  readonly levels: 'own' | 'all' | readonly (number | string)[];
  /** The metric of `levels`; by default the metric of most measurements. */
  readonly metric?: Metric | undefined;
  /** Adds the published numbers of Hernandez & Brown 2020. */
  readonly published?: boolean;
  /** Years of the effective compute, first and last; by default 2012 to 2018 for published numbers, else none. */
  readonly period?: readonly [number, number] | undefined;
}

const isNumber = (level: number | string): level is number => typeof level === 'number';

function levelsOf(measurements: readonly Measurement[], { levels, metric }: TrendOptions) {
  if (levels === 'own') return ownLevels(measurements);
  if (levels === 'all') return levelGrid(measurements, metric);
  return levels.filter(isNumber).map((value) => levelAt(measurements, value, metric));
}

/** The trend at each requested level, separately for measurements on different images. */
export function trendOfMeasurements(measurements: readonly Measurement[], options: TrendOptions): LevelTrend[] {
  return byData(distinctRuns(measurements)).flatMap((group) =>
    levelsOf(group, options).map((level) =>
      trendAtLevel(group, level, options.counts ?? 'paper', options.levels !== 'all'),
    ),
  );
}

/** One doubling time over all levels, separately for measurements on different images. */
const pooledTrends = (measurements: readonly Measurement[], { counts, metric }: TrendOptions): PooledTrend[] =>
  byData(distinctRuns(measurements)).flatMap((group) => pooledTrend(group, counts ?? 'paper', metric) ?? []);

/** Whether a published level is requested: by its accuracy (`0.791`) or a part of its name (`resnet`). */
function isWanted({ name }: LevelTrend, levels: TrendOptions['levels']): boolean {
  if (typeof levels === 'string') return true;
  return levels.some((wanted) =>
    isNumber(wanted)
      ? name.includes(`(${Number((wanted * 100).toFixed(3))} top-`)
      : name.toLowerCase().includes(wanted.toLowerCase()),
  );
}

function trendOfPublished({ counts, levels }: TrendOptions): Pick<Trend, 'levels' | 'published'> {
  const published = readPublished();
  const exact = readExactCounts();
  const found = publishedLevels(published, exact, counts ?? 'both');
  const wanted = found.filter((level) => isWanted(level, levels));
  return {
    levels: wanted,
    published: {
      source: published.source,
      claims: claimsOf(published, tableLevel(published)),
      errors: trackerErrors(published),
      counts: countComparisons(published, exact),
    },
  };
}

/** Why measurements give no level. */
function noLevels(measurements: readonly Measurement[], levels: TrendOptions['levels']): UserError {
  if (measurements.length === 0) return dataError('no measurement could be read, so there is no trend');
  if (levels === 'all') return dataError('networks of two different dates reach no common level, so there is no trend');
  const what =
    levels === 'own'
      ? 'these measurements were made without a level'
      : `--level ${levels.join(', ')} is not an accuracy`;
  return new UserError(`${what}: give a level on the curves, such as --level 0.6`, ExitCode.usage);
}

/** The time for fits and intervals grows with the square of both. */
const MAX = { networks: 500, levels: 100 } as const;

/** @throws UserError exit code 65 */
function refuseTooMany(measurements: readonly Measurement[], { levels }: TrendOptions): void {
  const networks = new Set(measurements.map(({ network }) => network)).size;
  const own = levels === 'own' ? ownLevels(measurements).length : 0;
  if (networks > MAX.networks)
    throw dataError(`${networks} networks are too many to fit, expected at most ${MAX.networks}: name fewer files`);
  if (own > MAX.levels)
    throw dataError(
      `these measurements have ${own} levels, expected at most ${MAX.levels}: choose one, such as --level 0.6`,
    );
}

const PUBLISHED_PERIOD = [2012, 2018] as const;

/**
 * The whole trend of measurements, of the published numbers, or of both.
 * @throws UserError exit code 65 for more networks or levels than can be fitted, 64 if no published level has the name or accuracy asked for and nothing else is there.
 */
export function composeTrend(measurements: readonly Measurement[], options: TrendOptions): Trend {
  refuseTooMany(measurements, options);
  const own = trendOfMeasurements(measurements, options);
  if (own.length === 0 && options.published !== true) throw noLevels(measurements, options.levels);
  const pooled = options.levels === 'all' ? { pooled: pooledTrends(measurements, options) } : {};
  if (options.published !== true) return { levels: own, ...pooled, ...effectOf(own, options.period) };
  const { levels, published } = trendOfPublished(options);
  const all = [...own, ...levels];
  if (all.length === 0)
    throw new UserError(
      `no published level matches --level ${String(options.levels)}: leave the option out to see all of them (published numbers have no curves, so other levels are unknown)`,
      ExitCode.usage,
    );
  return {
    levels: all,
    ...pooled,
    ...effectOf(all, options.period ?? PUBLISHED_PERIOD),
    published: published!,
  };
}

/** By the first level that has a trend. */
function effectOf(levels: readonly LevelTrend[], period: TrendOptions['period']): Pick<Trend, 'effectiveCompute'> {
  const level = levels.find(({ points }) => points.some(({ onFrontier }) => onFrontier));
  if (period === undefined || level === undefined) return {};
  return { effectiveCompute: effectiveCompute(level.points, ...period) };
}
