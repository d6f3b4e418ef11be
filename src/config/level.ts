import { z } from 'zod';
import { configError } from '../base/errors.ts';
import { formatCount, formatMetric, formatPercent } from '../base/format.ts';

/** The rule that decides whether a level is reached. The config and the measurement contain it. */
const crossingRule = z.strictObject({
  /** `true`: the accuracy must be above the level; `false`: an accuracy equal to the level is enough. */
  strict: z.boolean().default(false),
  /** Accuracies are rounded to multiples of this many percentage points before the comparison; 0: no rounding. */
  roundToPoints: z.number().min(0).max(5).default(0.1),
  /** How many consecutive evaluations must reach the level; the first of them is the crossing. */
  evaluationsInARow: z.int().min(1).max(100).default(1),
});

const metric = z.enum(['top1', 'top5']);
export type Metric = z.infer<typeof metric>;

/** The accuracy to reach: a fixed value (a fraction of 1), or the final accuracy of an anchor run. */
export const levelSchema = z.strictObject({
  /** Which accuracy: top-1 or top-5. */
  metric,
  /**
   * The accuracy as a fraction of 1.
   * @example 0.791
   */
  value: z.number().gt(0).lte(1).optional(),
  /**
   * In a sweep: the run (its `id`) that sets the level with its final accuracy.
   * @example alexnet
   */
  anchor: z.string().min(1).optional(),
  /** The rule that decides whether the level is reached. */
  rule: crossingRule.prefault({}),
});
export type Level = z.infer<typeof levelSchema>;

const GUESSES_PER_METRIC: Readonly<Record<Metric, number>> = { top1: 1, top5: 5 };
/** With fewer classes, random guesses give a high top-5 accuracy. */
const MIN_CLASSES_FOR_TOP5 = 20;

/**
 * Checks that the metric can distinguish networks with this number of classes.
 * @returns a warning if random guesses give a high accuracy, otherwise undefined.
 * @throws UserError exit code 78 if the metric allows as many guesses as there are classes: every network would reach 100 %.
 */
export function checkLevel({ metric }: Pick<Level, 'metric'>, classes: number): string | undefined {
  const guesses = GUESSES_PER_METRIC[metric];
  const name = formatMetric(metric);
  if (classes <= guesses) {
    throw configError(
      `level.metric is ${metric} and the dataset has ${formatCount(classes, 'class')}: ` +
        `${name} accuracy would always be 100 %, ${metric === 'top5' && classes > 1 ? 'use top1' : 'use a dataset with more classes'}`,
    );
  }
  if (metric === 'top1' || classes >= MIN_CLASSES_FOR_TOP5) return undefined;
  return `with ${classes} classes, random guesses reach a ${name} accuracy of ${formatPercent(guesses / classes)}`;
}

/** A level with a value. A run that waits for an anchor gets the value when the anchor has finished. */
export type FixedLevel = Level & { value: number };
