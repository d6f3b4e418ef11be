import { z } from 'zod';
import { defineSchedule, elapsedFraction, interpolateCosine } from '../schedule.ts';

/** Half a cosine down to `endFraction` (Loshchilov & Hutter 2017; torch CosineAnnealingLR). */
export const cosine = defineSchedule({
  schema: z.strictObject({
    name: z.literal('cosine'),
    /** The learning rate at the end, as a fraction of the highest. */
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  factor: ({ endFraction }, clock) => interpolateCosine(1, endFraction, elapsedFraction(clock)),
});
