import { dataError, ExitCode, UserError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { effectiveCompute } from './effective.ts';
import { fromScratch, withStartNotes } from './from-scratch.ts';
import { levelAt, levelGrid, ownLevels } from './levels.ts';
import { trendAtLevel } from './measured.ts';
import { byData, distinctRuns } from './networks.ts';
import { pooledTrend } from './pooled.ts';
import { claimsOf } from './published/claims.ts';
import { readExactCounts, readPublished } from './published/data.ts';
import { pointLevels } from './points/levels.ts';
import type { PointsFile } from './points/read.ts';
import { trackerErrors } from './published/errors.ts';
import { levelsWithLogs } from './published/logs.ts';
import { countComparisons, publishedLevels, tableLevel } from './published/levels.ts';
import type { Counts, LevelTrend, PointsSource, PooledTrend, Trend } from './types.ts';

export interface TrendOptions {
  /** `exact`: this project's FLOPs; `paper`: 3 x forward MACs. Without it, published levels are given by both. */
  readonly counts?: Counts | undefined;
  /** The measurements' own levels, a grid over the curves, fractions of 1, or parts of the names of published levels. */
  readonly levels: 'own' | 'all' | readonly (number | string)[];
  /** The metric of `levels`; by default the metric of most measurements. */
  readonly metric?: Metric | undefined;
  /** Adds the published numbers of Hernandez & Brown 2020. */
  readonly published?: boolean;
  /** With the published numbers: adds levels with the training logs published until this day (YYYY-MM-DD). */
  readonly until?: string | undefined;
  /** Adds the points of these files. */
  readonly points?: readonly PointsFile[];
  /** Years of the effective compute, first and last; by default 2012 to 2018 for published numbers, else none. */
  readonly period?: readonly [number, number] | undefined;
}

const isNumber = (level: number | string): level is number => typeof level === 'number';

function levelsOf(measurements: readonly Measurement[], { levels, metric }: TrendOptions) {
  if (levels === 'own') return ownLevels(measurements);
  if (levels === 'all') return levelGrid(measurements, metric);
  return levels.filter(isNumber).map((value) => levelAt(measurements, value, metric));
}

/** The trend at each requested level, separately for measurements on different images, without runs from given weights. */
export function trendOfMeasurements(measurements: readonly Measurement[], options: TrendOptions): LevelTrend[] {
  const levels = byData(distinctRuns(fromScratch(measurements))).flatMap((group) =>
    levelsOf(group, options).map((level) =>
      trendAtLevel(group, level, options.counts ?? 'paper', options.levels !== 'all'),
    ),
  );
  return withStartNotes(levels, measurements);
}

/** One doubling time over all levels, separately for measurements on different images. */
const pooledTrends = (measurements: readonly Measurement[], { counts, metric }: TrendOptions): PooledTrend[] =>
  byData(distinctRuns(fromScratch(measurements))).flatMap(
    (group) => pooledTrend(group, counts ?? 'paper', metric) ?? [],
  );

/** Whether a published level is requested: by its accuracy (`0.791`) or a part of its name (`resnet`). */
function isWanted({ name }: LevelTrend, levels: TrendOptions['levels']): boolean {
  if (typeof levels === 'string') return true;
  return levels.some((wanted) =>
    isNumber(wanted)
      ? name.includes(`(${Number((wanted * 100).toFixed(3))} top-`)
      : name.toLowerCase().includes(wanted.toLowerCase()),
  );
}

function trendOfPublished({ counts, levels, until }: TrendOptions): Pick<Trend, 'levels' | 'published'> {
  const published = readPublished();
  const exact = readExactCounts();
  const logged = until === undefined ? [] : levelsWithLogs(until, published, exact);
  const found = [...publishedLevels(published, exact, counts ?? 'both'), ...logged];
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

/** `0.6`, `60%` and `60 %` as 0.6; undefined for other texts. */
function accuracyIn(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) / (match[2] === '%' ? 100 : 1);
}

/** The levels of files of points that are asked for, by accuracy or by a part of the name. */
function trendOfPoints(files: readonly PointsFile[], { levels }: TrendOptions): LevelTrend[] {
  const found = files.flatMap(pointLevels);
  if (found.length > MAX.levels)
    throw dataError(
      `the files of points have ${found.length} levels, expected at most ${MAX.levels}: name fewer files`,
    );
  if (typeof levels === 'string') return found;
  return found.filter(({ level, name }) =>
    levels.some((wanted) =>
      isNumber(wanted) ? accuracyIn(String(level)) === wanted : name.toLowerCase().includes(wanted.toLowerCase()),
    ),
  );
}

/** Why measurements give no level. */
function noLevels(measurements: readonly Measurement[], levels: TrendOptions['levels']): UserError {
  if (measurements.length > 0 && fromScratch(measurements).length === 0)
    return dataError(
      'every measurement started from given weights, and the compute before is not counted, so there is no trend: name measurements of runs from scratch',
    );
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

/** @throws UserError exit code 64 */
function refuseUntil({ until, published, counts }: TrendOptions): void {
  if (until === undefined) return;
  if (published !== true)
    throw new UserError(
      '--until adds the training logs beside the published numbers: add --published, or leave --until out',
      ExitCode.usage,
    );
  if (counts === 'paper')
    throw new UserError(
      '--until adds training logs, which have exact counts only: leave --counts out, or use --counts exact',
      ExitCode.usage,
    );
}

const PUBLISHED_PERIOD = [2012, 2018] as const;

/**
 * The whole trend of measurements, of files of points, of the published numbers, or of several of them.
 * @throws UserError exit code 65 for more networks or levels than can be fitted, 64 if no level has the name or accuracy asked for.
 */
export function composeTrend(measurements: readonly Measurement[], options: TrendOptions): Trend {
  refuseUntil(options);
  refuseTooMany(measurements, options);
  const own = trendOfMeasurements(measurements, options);
  const given = options.points ?? [];
  if (own.length + given.length === 0 && options.published !== true) throw noLevels(measurements, options.levels);
  const ofPoints = trendOfPoints(given, options);
  const { levels: ofPublished, published } = options.published === true ? trendOfPublished(options) : { levels: [] };
  const levels = [...own, ...ofPoints, ...ofPublished];
  if (levels.length === 0) throw noMatch(options);
  const period = options.period ?? (published && PUBLISHED_PERIOD);
  return {
    levels,
    ...(options.levels === 'all' ? { pooled: pooledTrends(measurements, options) } : {}),
    ...effectOf(levels, period),
    ...(given.length > 0 ? { points: given.map(sourceOf) } : {}),
    ...(published ? { published } : {}),
  };
}

const sourceOf = ({ file, sha256, rows, columnsNotRead }: PointsFile): PointsSource => ({
  file,
  sha256,
  rows: rows.length,
  columnsNotRead,
});

/** No level has the name or accuracy that is asked for. */
function noMatch({ levels, published, points = [] }: TrendOptions): UserError {
  const kinds = [
    ...(published === true ? ['no published level'] : []),
    ...(points.length > 0 ? ['no level of a file of points'] : []),
  ];
  return new UserError(
    `${kinds.join(' and ')} matches --level ${String(levels)}: leave the option out to see all of them (they have no curves, so other levels are unknown)`,
    ExitCode.usage,
  );
}

/** By the first level that has a trend. */
function effectOf(levels: readonly LevelTrend[], period: TrendOptions['period']): Pick<Trend, 'effectiveCompute'> {
  const level = levels.find(({ points }) => points.some(({ onFrontier }) => onFrontier));
  if (period === undefined || level === undefined) return {};
  return { effectiveCompute: effectiveCompute(level.points, ...period) };
}
