import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { dataError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import { loadMeasurements, noMeasurements } from '../results/store.ts';
import { RESULTS_FOLDER } from '../results/sweep-folder.ts';
import { ownLevels } from '../trend/levels.ts';
import { runsFromScratch } from '../trend/from-scratch.ts';
import { checkCounts, checkMetric, parseLevels, parsePeriod, parseUntil } from '../trend/options.ts';
import { readPoints } from '../trend/points/read.ts';
import { readPublished } from '../trend/published/data.ts';
import { composeTrend, hasAccuracy } from '../trend/trend.ts';
import type { Counts } from '../trend/types.ts';
import type { ReportInput } from './input.ts';
import { findMissing } from './missing.ts';

/** The options of `doubletime report`, not parsed yet. */
interface ReadOptions {
  /** Measurements, stores or sweep folders. If empty: `results`; none with published numbers or files of points. */
  readonly paths: readonly string[];
  readonly published: boolean;
  readonly level: readonly string[];
  readonly metric: Metric | undefined;
  readonly counts: Counts | undefined;
  readonly period: string | undefined;
  /** With published numbers: adds the training logs that were published until this year or day. */
  readonly until?: string | undefined;
  /** Files of points. */
  readonly points?: readonly string[];
}

/** The largest number of runs: a browser can still open a page with their curves and records. */
const MAX_RUNS = 2000;

/** The years of effective compute in Hernandez & Brown 2020. */
const DEFAULT_PERIOD = [2012, 2018] as const;

/**
 * Reads the data of a report.
 * @throws UserError exit code 65 for more measurements than can be drawn, 66 if there is nothing to report, 64 for an invalid
 * level, period or day.
 */
export function readInput({ paths, published, counts, ...options }: ReadOptions): ReportInput {
  const until = parseUntil(options.until);
  const points = (options.points ?? []).map(readPoints);
  const hasOtherNumbers = published || points.length > 0;
  const sources = paths.length > 0 || hasOtherNumbers ? paths : [RESULTS_FOLDER].filter((path) => existsSync(path));
  const { stored, unreadable } = loadMeasurements(sources);
  const distinct = new Map(stored.map(({ measurement }) => [measurement.sha256, measurement]));
  const measurements = [...distinct.values()];
  // In a store, the name of a file is the id of the run in its sweep.
  const measured = stored.flatMap(({ file, measurement }) => [measurement.id, basename(file, '.json')]);
  const missing = findMissing(sources, new Set(measured));
  if (measurements.length + unreadable.length + missing.length === 0 && !hasOtherNumbers)
    throw noMeasurements(sources.length > 0 ? sources : [RESULTS_FOLDER]);
  if (measurements.length > MAX_RUNS)
    throw dataError(
      `${measurements.length} measurements are too many to draw, expected at most ${MAX_RUNS}: name fewer files or folders`,
    );
  const period = parsePeriod(options.period);
  const levels = parseLevels(options.level, points.length > 0);
  checkMetric(options.metric, levels, stored.length + unreadable.length);
  checkCounts(counts, published || stored.length + unreadable.length + missing.length > 0);
  // Runs without a level and runs from pretrained weights have no trend, but their curves are drawn.
  const entries = runsFromScratch(measurements);
  const hasLevel = levels === 'own' ? ownLevels(entries).length > 0 : !hasOtherNumbers || hasAccuracy(levels);
  const hasTrend = entries.length > 0 && hasLevel;
  const withTrend = hasTrend ? measurements : [];
  const trend =
    withTrend.length > 0 || hasOtherNumbers
      ? composeTrend(withTrend, { levels, metric: options.metric, counts, published, until, points, period })
      : { levels: [] };
  const [from, to] = period ?? DEFAULT_PERIOD;
  return {
    measurements,
    trend: { ...trend, leftOut: unreadable },
    counts: counts ?? 'paper',
    period: { from, to },
    publishedNotes: published ? readPublished().notes : [],
    missing,
  };
}
