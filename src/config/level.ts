import { z } from 'zod';
import { configError } from '../base/errors.ts';
import { formatMetric, formatPercent } from '../base/format.ts';

/** When a level counts as reached; kept in the config and in the measurement. */
const crossingRule = z.strictObject({
  /** `true`: the accuracy must be greater than the level; `false`: greater or equal. */
  strict: z.boolean().default(false),
  /** Accuracies are rounded to this many points (percent) before they are compared; 0 compares unrounded. */
  roundToPoints: z.number().min(0).max(5).default(0.1),
  /** How many evaluations in a row must reach the level; the first of them is the crossing. */
  evaluationsInARow: z.int().min(1).max(100).default(1),
});

const metric = z.enum(['top1', 'top5']);
export type Metric = z.infer<typeof metric>;

/** The accuracy to reach: a fixed value (a fraction of 1), or an anchor run's own final result. */
export const levelSchema = z.strictObject({
  metric,
  value: z.number().gt(0).lte(1).optional(),
  anchor: z.string().min(1).optional(),
  rule: crossingRule.prefault({}),
});
export type Level = z.infer<typeof levelSchema>;

const GUESSES: Readonly<Record<Metric, number>> = { top1: 1, top5: 5 };
/** With fewer classes a top-5 accuracy says little. */
const FEW_CLASSES = 20;

/**
 * Refuses a level that every network reaches because it may guess as often as there are classes, and gives a warning where
 * guessing alone comes far; undefined where the level can tell networks apart.
 * @throws UserError exit code 78 where the metric takes as many guesses as there are classes.
 */
export function checkLevel({ metric }: Pick<Level, 'metric'>, classes: number): string | undefined {
  const guesses = GUESSES[metric];
  const name = formatMetric(metric);
  if (classes <= guesses) {
    throw configError(
      `level.metric is ${metric} and the dataset has ${classes} ${classes === 1 ? 'class' : 'classes'}: ` +
        `${name} accuracy would always be 100 %, ${metric === 'top5' && classes > 1 ? 'use top1' : 'use a dataset with more classes'}`,
    );
  }
  if (metric === 'top1' || classes >= FEW_CLASSES) return undefined;
  return `with ${classes} classes guessing reaches a ${name} accuracy of ${formatPercent(guesses / classes)}`;
}

/** A level whose value is known: what a run is started with once its anchor has finished. */
export type FixedLevel = Level & { value: number };
