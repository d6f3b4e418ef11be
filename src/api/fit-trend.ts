import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { composeTrend } from '../trend/trend.ts';
import type { Counts, Trend } from '../trend/types.ts';

export interface FitOptions {
  /** The levels to fit at: the measurements' own (`own`, the default), a grid (`all`), or fractions of 1. */
  readonly levels?: 'own' | 'all' | readonly number[];
  /** What the levels are levels of; what most measurements were made for where left out. */
  readonly metric?: Metric;
  /** `exact`: this project's FLOPs; `paper`: 3 x forward MACs. */
  readonly counts?: Counts;
  /** Adds the published numbers of Hernandez & Brown 2020. */
  readonly published?: boolean;
}

/**
 * How fast the compute to a level falls: the frontier of the cheapest networks by their date of publication, the factor
 * between its ends, and the doubling time in months, end to end and by least squares with its 95 % interval. docs/trend.md
 * has the source of each formula (Hernandez & Brown 2020, arXiv 2005.04305).
 * @throws UserError exit code 65 where no level is reached.
 */
export const fitTrend = (
  measurements: readonly Measurement[],
  { levels = 'own', published = false, ...options }: FitOptions = {},
): Trend => composeTrend(measurements, { ...options, levels, published });
