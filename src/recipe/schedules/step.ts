import { z } from 'zod';
import { defineSchedule } from '../schedule.ts';

/** Multiplies the learning rate by `factor` at regular intervals (torch StepLR). */
export const step = defineSchedule({
  schema: z.strictObject({
    name: z.literal('step'),
    /**
     * Epochs between two steps.
     * @unit epochs
     * @example 30
     */
    everyEpochs: z.number().positive(),
    /** The learning rate is multiplied by this at each step. */
    factor: z.number().gt(0).lt(1).default(0.1),
  }),
  ignoresLength: true,
  // The small addend corrects rounding: 3 x 2.4 epochs must count as three intervals.
  factor: ({ factor, everyEpochs }, { time }) => factor ** Math.floor(time / everyEpochs + 1e-9),
});
