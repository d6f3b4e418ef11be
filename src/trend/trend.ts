import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { levelAt, levelGrid, ownLevels } from './levels.ts';
import { trendAtLevel } from './measured.ts';
import { byData } from './networks.ts';
import type { Counts, LevelTrend } from './types.ts';

export interface TrendOptions {
  readonly counts: Counts;
  /** The measurements' own levels, a grid over the curves, or these (fractions of 1). */
  readonly levels: 'own' | 'all' | readonly number[];
  /** What `levels` are levels of; by default the metric most measurements were made for. */
  readonly metric?: Metric | undefined;
}

function levelsOf(measurements: readonly Measurement[], { levels, metric }: TrendOptions) {
  if (levels === 'own') return ownLevels(measurements);
  if (levels === 'all') return levelGrid(measurements, metric);
  return levels.map((value) => levelAt(measurements, value, metric));
}

/** The trend at every level asked for, apart for measurements on different pictures. */
export function trendOfMeasurements(
  measurements: readonly Measurement[],
  options: TrendOptions,
): LevelTrend[] {
  return byData(measurements).flatMap((group) =>
    levelsOf(group, options).map((level) =>
      trendAtLevel(group, level, options.counts, options.levels !== 'all'),
    ),
  );
}
