import { z } from 'zod';
import { formatFlops } from '../base/text/format.ts';

/**
 * The training FLOPs at which a sweep stops a run, because it can no longer be the cheapest. During the run, the sweep writes
 * the limit to `budget.json` in the run's folder, and the run reads it at each evaluation. It is not part of the config,
 * because it does not change the training.
 */
export const flopsLimitSchema = z.strictObject({
  rule: z.literal('cheapestSoFar'),
  factor: z.number().min(1),
  /** The run that has reached the same level with the fewest training FLOPs so far. */
  cheapest: z.strictObject({ run: z.string(), network: z.string(), flops: z.number().positive() }),
  /** `factor` x `cheapest.flops`. */
  limitFlops: z.number().positive(),
});
export type FlopsLimit = z.infer<typeof flopsLimitSchema>;

/** `stopped early: more than 1.5 x the 2.1 TFLOP with which resnet18-s0-1a2b3c4d reached the level`. */
export const stoppedEarlyText = ({ factor, cheapest }: FlopsLimit): string =>
  `stopped early: ${factor === 1 ? 'as much as' : `${factor} x`} the ${formatFlops(cheapest.flops)} with which ${cheapest.run} reached the level`;
