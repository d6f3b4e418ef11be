import { z } from 'zod';
import { defineSchedule } from '../schedule.ts';

/** torch StepLR. */
export const step = defineSchedule({
  schema: z.strictObject({
    name: z.literal('step'),
    everyEpochs: z.number().positive(),
    factor: z.number().gt(0).lt(1).default(0.1),
  }),
  ignoresLength: true,
  // The small addend corrects rounding: 2.4 x 3 epochs must reach the third boundary.
  factor: ({ factor, everyEpochs }, { time }) => factor ** Math.floor(time / everyEpochs + 1e-9),
});
