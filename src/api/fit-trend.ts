import { z } from 'zod';
import { ExitCode, UserError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import { extremeValueText, findExtremeValues } from '../results/limits.ts';
import { type Measurement, measurementSchema } from '../results/measurement.ts';
import { checkMetric } from '../trend/options.ts';
import { composeTrend } from '../trend/trend.ts';
import type { Counts, Trend } from '../trend/types.ts';
import { checkRequest } from './check-request.ts';

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

const measurementsSchema = z.object({ measurements: z.array(measurementSchema) });

/** Refuses values that no trend can be fitted to, as the command line does. @throws UserError exit code 64. */
function refuseExtremeValues(measurements: readonly Measurement[]): void {
  for (const [index, measurement] of measurements.entries()) {
    const [extreme] = findExtremeValues(measurement);
    if (extreme === undefined) continue;
    throw new UserError(`fitTrend: measurements.${index}.${extremeValueText(extreme)}`, ExitCode.usage);
  }
}

const optionsSchema = z.strictObject({
  levels: z.union([z.enum(['own', 'all']), z.array(z.number().gt(0).lte(1)).min(1)]).optional(),
  metric: z.enum(['top1', 'top5']).optional(),
  counts: z.enum(['exact', 'paper']).optional(),
  published: z.boolean().optional(),
});

/**
 * Fits how fast the compute to reach a level falls. Returns the frontier of the cheapest networks by date of publication, the
 * factor between its ends, and the doubling time in months, end to end and by least squares with two 95 % intervals, by bootstrap and by t.
 * docs/trend.md has the source of each formula (Hernandez & Brown 2020, arXiv 2005.04305).
 * If nothing can be fitted at a level, its estimates are null and `notes` says why.
 * @throws UserError exit code 64 for a value that is not a measurement, if no measurement has a level and `levels` is `own`, or for an
 * unknown or invalid option; 65 if there are no measurements, all start from pretrained weights, a run has two different results, or there
 * are more networks or levels than can be fitted.
 */
export function fitTrend(measurements: readonly Measurement[], options: FitOptions = {}): Trend {
  checkRequest('fitTrend', measurementsSchema, { measurements });
  refuseExtremeValues(measurements);
  checkRequest('fitTrend', optionsSchema, options);
  const { levels = 'own', published = false, ...others } = options;
  checkMetric(options.metric, levels, measurements.length);
  return composeTrend(measurements, {
    ...others,
    levels: typeof levels === 'string' ? levels : [...new Set(levels)],
    published,
  });
}
