import { z } from 'zod';
import { defineSchedule } from '../schedule.ts';

const isIncreasing = (epochs: readonly number[]): boolean =>
  epochs.every((epoch, i) => i === 0 || epoch > epochs[i - 1]!);

/** Multiplies the learning rate by `factor` at each of the epochs `at` (torch MultiStepLR). */
export const milestones = defineSchedule({
  schema: z.strictObject({
    name: z.literal('milestones'),
    /**
     * The epochs at which the learning rate falls, in ascending order.
     * @unit epochs
     * @example [30, 60, 80]
     */
    at: z
      .array(z.number().positive())
      .min(1)
      .refine(isIncreasing, 'expected epochs in increasing order, each once: [30, 60, 80]'),
    /** The learning rate is multiplied by this at each milestone. */
    factor: z.number().gt(0).lt(1).default(0.1),
  }),
  ignoresLength: true,
  lastEpoch: ({ at }) => at.at(-1)!,
  // The small addend corrects rounding, which could otherwise delay a milestone by a step.
  factor: ({ at, factor }, { time }) => factor ** at.filter((epoch) => time + 1e-9 >= epoch).length,
});
