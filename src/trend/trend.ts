import { dataError, ExitCode, UserError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { effectiveCompute } from './effective.ts';
import { runsFromScratch, addPretrainedNotes } from './from-scratch.ts';
import { levelAt, levelGrid, ownLevels, refuseTiedMetrics } from './levels.ts';
import { trendAtLevel } from './measured.ts';
import { distinctRuns, groupByData } from './networks.ts';
import { pooledTrend } from './pooled.ts';
import { recomputeClaims } from './published/claims.ts';
import { readExactCounts, readPublished } from './published/data.ts';
import { refuseUnmatched, requestedLevels } from './requested-levels.ts';
import { pointLevels } from './points/levels.ts';
import type { PointsFile } from './points/read.ts';
import { trackerErrors } from './published/errors.ts';
import { levelsWithLogs } from './published/logs.ts';
import { countComparisons, publishedLevels, tableLevel } from './published/levels.ts';
import type { Counts, LevelTrend, PointsSource, PooledTrend, Trend } from './types.ts';

/** What `composeTrend` computes. */
export interface TrendOptions {
  /**
   * `exact`: doubletime's FLOPs; `paper`: 3 x forward MACs. By default, `paper` for measurements and both for published
   * levels.
   */
  readonly counts?: Counts | undefined;
  /**
   * `own`: the measurements' own levels; `all`: a grid over the curves; else fractions of 1 or parts of the names of levels.
   */
  readonly levels: 'own' | 'all' | readonly (number | string)[];
  /** The metric of `levels`; by default the metric of most measurements. */
  readonly metric?: Metric | undefined;
  /** Adds the published numbers of Hernandez & Brown 2020. */
  readonly published?: boolean;
  /** With `published`: adds levels with the training logs that were published until this day (YYYY-MM-DD). */
  readonly until?: string | undefined;
  /** Adds the levels of these files of points. */
  readonly points?: readonly PointsFile[];
  /** The first and the last year of the effective compute; by default 2012 to 2018 for published numbers, else none. */
  readonly period?: readonly [number, number] | undefined;
}

const isNumber = (level: number | string): level is number => typeof level === 'number';

const hasNumber = (levels: TrendOptions['levels']): boolean => typeof levels !== 'string' && levels.some(isNumber);

/** Whether there are levels that a measurement may be compared at: not only names of published levels. */
export const hasAccuracy = (levels: TrendOptions['levels']): boolean => typeof levels === 'string' || hasNumber(levels);

function selectLevels(measurements: readonly Measurement[], { levels, metric }: TrendOptions) {
  if (levels === 'own') return ownLevels(measurements);
  if (levels === 'all') return levelGrid(measurements, metric);
  return levels.filter(isNumber).map((value) => levelAt(measurements, value, metric));
}

/** The runs that can be compared: from scratch, each once, grouped by dataset. */
const comparableRuns = (measurements: readonly Measurement[]): Measurement[][] =>
  groupByData(distinctRuns(runsFromScratch(measurements)));

/** The trend at each requested level, per dataset, without runs from pretrained weights. */
export const trendOfMeasurements = (measurements: readonly Measurement[], options: TrendOptions): LevelTrend[] =>
  addPretrainedNotes(trendOfGroups(comparableRuns(measurements), options), measurements);

const trendOfGroups = (groups: readonly Measurement[][], options: TrendOptions): LevelTrend[] =>
  groups.flatMap((group) =>
    selectLevels(group, options).map((level) =>
      trendAtLevel(group, level, options.counts ?? 'paper', options.levels !== 'all'),
    ),
  );

/** One doubling time over all levels, per dataset. */
const pooledTrends = (groups: readonly Measurement[][], { counts, metric }: TrendOptions): PooledTrend[] =>
  groups.flatMap((group) => pooledTrend(group, counts ?? 'paper', metric) ?? []);

function trendOfPublished({ counts, levels, until }: TrendOptions): Pick<Trend, 'levels' | 'published'> {
  const published = readPublished();
  const exact = readExactCounts();
  const withLogs = until === undefined ? [] : levelsWithLogs(until, published, exact);
  const all = [...publishedLevels(published, exact, counts ?? 'both'), ...withLogs];
  return {
    levels: requestedLevels(all, levels),
    published: {
      source: published.source,
      claims: recomputeClaims(published, tableLevel(published)),
      errors: trackerErrors(published),
      counts: countComparisons(published, exact),
    },
  };
}

/**
 * The requested levels of files of points.
 * @throws UserError exit code 65 for more levels than can be fitted.
 */
function trendOfPoints(files: readonly PointsFile[], { levels }: TrendOptions): LevelTrend[] {
  const all = files.flatMap(pointLevels);
  if (all.length > MAX.levels)
    throw dataError(`the files of points have ${all.length} levels, expected at most ${MAX.levels}: name fewer files`);
  return requestedLevels(all, levels);
}

/** The error for measurements that give no level, with the reason. */
function noLevels(measurements: readonly Measurement[], levels: TrendOptions['levels']): UserError {
  if (measurements.length > 0 && runsFromScratch(measurements).length === 0)
    return dataError(
      'every measurement is of a run from pretrained weights, and the compute of the pretraining is not counted, so there is no trend: name measurements of runs from scratch',
    );
  if (measurements.length === 0)
    return dataError('no measurement can be read, so there is no trend: name files or folders of measurements');
  if (levels === 'all')
    return dataError(
      'no level is reached by networks of two different dates, so there is no trend: name more measurements',
    );
  const problem =
    levels === 'own'
      ? 'these measurements were made without a level'
      : `--level ${levels.join(', ')} is not an accuracy, but the measurements need one`;
  return new UserError(
    `${problem}: add a level on the curves, such as --level 0.6, or name no measurements`,
    ExitCode.usage,
  );
}

/** The largest numbers of networks and levels: the time for fits and intervals grows with the square of both. */
const MAX = { networks: 500, levels: 100 } as const;

/** @throws UserError exit code 65 for more networks or levels than can be fitted. */
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

/** @throws UserError exit code 64 for `until` with options that it contradicts. */
function refuseUntil({ until, published, counts }: TrendOptions): void {
  if (until === undefined) return;
  if (published !== true)
    throw new UserError(
      '--until adds the training logs beside the published numbers: add --published, or leave --until out',
      ExitCode.usage,
    );
  if (counts === 'paper')
    throw new UserError(
      '--until adds training logs, which only have exact counts: leave --counts out, or use --counts exact',
      ExitCode.usage,
    );
}

const PUBLISHED_PERIOD = [2012, 2018] as const;

/**
 * The trend of measurements, of files of points, of the published numbers, or of several of these.
 * @throws UserError exit code 65 if there are more networks or levels than can be fitted, or if there is no trend; 64 if no
 * level has the requested name or accuracy, if two options contradict each other, or if a level may be of two metrics.
 */
export function composeTrend(measurements: readonly Measurement[], options: TrendOptions): Trend {
  refuseUntil(options);
  refuseTooMany(measurements, options);
  const groups = comparableRuns(measurements);
  if (options.metric === undefined && (options.levels === 'all' || hasNumber(options.levels)))
    groups.forEach(refuseTiedMetrics);
  const ofMeasurements = addPretrainedNotes(trendOfGroups(groups, options), measurements);
  const files = options.points ?? [];
  const hasOtherLevels = files.length > 0 || options.published === true;
  if (ofMeasurements.length === 0 && (measurements.length > 0 || !hasOtherLevels))
    throw noLevels(measurements, options.levels);
  const ofPoints = trendOfPoints(files, options);
  const { levels: ofPublished, published } = options.published === true ? trendOfPublished(options) : { levels: [] };
  const levels = [...ofMeasurements, ...ofPoints, ...ofPublished];
  refuseUnmatched(levels, options.levels, namedKinds(options));
  const period = options.period ?? (published && PUBLISHED_PERIOD);
  return {
    levels,
    ...(options.levels === 'all' ? { pooled: pooledTrends(groups, options) } : {}),
    ...growthOfCompute(levels, period),
    ...(files.length > 0 ? { points: files.map(toPointsSource) } : {}),
    ...(published ? { published } : {}),
  };
}

const toPointsSource = ({ file, sha256, rows, columnsNotRead }: PointsFile): PointsSource => ({
  file,
  sha256,
  rows: rows.length,
  columnsNotRead,
});

/** What `--level` may name beside an accuracy on the curves. */
const namedKinds = ({ published, points = [] }: TrendOptions): string[] => [
  ...(published === true ? ['published level'] : []),
  ...(points.length > 0 ? ['level of a file of points'] : []),
];

/** The level whose algorithms are a part of the effective compute: the first one that has a trend; undefined without one. */
export const levelOfGrowth = (levels: readonly LevelTrend[]): LevelTrend | undefined =>
  levels.find(({ factor, points }) => factor !== null && factor > 1 && points.length > 0);

/** The growth of effective compute, with the algorithms of the first level that has a trend; null without such a level. */
function growthOfCompute(
  levels: readonly LevelTrend[],
  period: TrendOptions['period'],
): Pick<Trend, 'effectiveCompute'> {
  if (period === undefined) return {};
  const level = levelOfGrowth(levels);
  if (level === undefined) return { effectiveCompute: null };
  const growth = effectiveCompute(level.points, ...period);
  return { effectiveCompute: { ...growth, notes: [`algorithms: the reduction at ${level.name}`, ...growth.notes] } };
}
