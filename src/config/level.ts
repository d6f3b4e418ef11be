import { z } from 'zod';

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

/** A level whose value is known: what a run is started with once its anchor has finished. */
export type FixedLevel = Level & { value: number };
