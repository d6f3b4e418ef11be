import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { dataError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import { loadMeasurements, noMeasurements } from '../results/store.ts';
import { RESULTS_FOLDER } from '../results/sweep-folder.ts';
import { ownLevels } from '../trend/levels.ts';
import { fromScratch } from '../trend/from-scratch.ts';
import { parseLevels, parsePeriod, parseUntil } from '../trend/options.ts';
import { readPoints } from '../trend/points/read.ts';
import { readPublished } from '../trend/published/data.ts';
import { composeTrend } from '../trend/trend.ts';
import type { Counts } from '../trend/types.ts';
import type { ReportInput } from './input.ts';
import { findMissing } from './missing.ts';

interface ReadOptions {
  /** Measurements, folders of measurements, or folders of a sweep. If empty: `results`, or nothing with published numbers. */
  readonly paths: readonly string[];
  readonly published: boolean;
  readonly level: readonly string[];
  readonly metric: Metric | undefined;
  readonly counts: Counts | undefined;
  readonly period: string | undefined;
  /** With published numbers: a year or day, to add training logs published until then. */
  readonly until?: string | undefined;
  /** Files of points. */
  readonly points?: readonly string[];
}

/** A browser still opens a page with the curves and records of this many runs. */
const MAX_RUNS = 2000;

/** The years of AI and Compute, as in Hernandez & Brown 2020. */
const PERIOD = [2012, 2018] as const;

/**
 * Reads the data of a report.
 * @throws UserError exit code 65 for more measurements than can be drawn, 66 if there is nothing to report, 64 for an invalid level or period.
 */
export function readInput({ paths, published, counts, ...options }: ReadOptions): ReportInput {
  const until = parseUntil(options.until);
  const points = (options.points ?? []).map(readPoints);
  const withoutFolder = published || points.length > 0;
  const where = paths.length > 0 || withoutFolder ? paths : [RESULTS_FOLDER].filter((path) => existsSync(path));
  const { stored, unreadable } = loadMeasurements(where);
  const distinct = new Map(stored.map(({ measurement }) => [measurement.sha256, measurement]));
  const measurements = [...distinct.values()];
  // In a store, the file's name is the id of the run in its sweep.
  const measured = stored.flatMap(({ file, measurement }) => [measurement.id, basename(file, '.json')]);
  const missing = findMissing(where, new Set(measured));
  if (measurements.length + unreadable.length + missing.length === 0 && !withoutFolder)
    throw noMeasurements(where.length > 0 ? where : [RESULTS_FOLDER]);
  if (measurements.length > MAX_RUNS)
    throw dataError(
      `${measurements.length} measurements are too many to draw, expected at most ${MAX_RUNS}: name fewer files or folders`,
    );
  const period = parsePeriod(options.period);
  const levels = parseLevels(options.level);
  // Runs without a level and runs from given weights have no trend, but their curves are drawn.
  const entries = fromScratch(measurements);
  const hasTrend = entries.length > 0 && (levels !== 'own' || ownLevels(entries).length > 0);
  const withTrend = hasTrend ? measurements : [];
  const trend =
    withTrend.length > 0 || withoutFolder
      ? composeTrend(withTrend, { levels, metric: options.metric, counts, published, until, points, period })
      : { levels: [] };
  const [from, to] = period ?? PERIOD;
  return {
    measurements,
    trend: { ...trend, leftOut: unreadable },
    counts: counts ?? 'paper',
    period: { from, to },
    publishedNotes: published ? readPublished().notes : [],
    missing,
  };
}
