import type { Metric } from '../config/level.ts';
import type { Measurement } from '../results/measurement.ts';
import { composeTrend } from '../trend/trend.ts';
import type { Counts, Trend } from '../trend/types.ts';

export interface FitOptions {
  /** The levels: those of the measurements (`own`, the default), a grid of levels (`all`), or accuracies as fractions of 1. */
  readonly levels?: 'own' | 'all' | readonly number[];
  /** The accuracy metric of the levels; default: the metric of most measurements. */
  readonly metric?: Metric;
  /** `exact`: FLOPs as docs/counting.md counts them; `paper`: 3 x forward MACs. */
  readonly counts?: Counts;
  /** Adds the published numbers of Hernandez & Brown 2020. */
  readonly published?: boolean;
}

/**
 * Fits how fast the compute to reach a level falls. Returns the frontier of the cheapest networks by date of publication, the
 * factor between its ends, and the doubling time in months, end to end and by least squares with two 95 % intervals, by bootstrap and by t.
 * docs/trend.md has the source of each formula (Hernandez & Brown 2020, arXiv 2005.04305).
 * If nothing can be fitted at a level, its estimates are null and `notes` says why.
 * @throws UserError exit code 64 if no measurement has a level and `levels` is `own`; 65 if there are no measurements, all start from
 * pretrained weights, a run has two different results, or there are more networks or levels than can be fitted.
 */
export const fitTrend = (
  measurements: readonly Measurement[],
  { levels = 'own', published = false, ...options }: FitOptions = {},
): Trend => composeTrend(measurements, { ...options, levels, published });
