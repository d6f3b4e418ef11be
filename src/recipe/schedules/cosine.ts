import { z } from 'zod';
import { alongCosine, defineSchedule, partOf } from '../schedule.ts';

/** Half a cosine down to `endFraction` (Loshchilov & Hutter 2017; torch CosineAnnealingLR). */
export const cosine = defineSchedule({
  schema: z.strictObject({
    name: z.literal('cosine'),
    /** The learning rate at the end, as a fraction of the highest. */
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  factor: ({ endFraction }, clock) => alongCosine(1, endFraction, partOf(clock)),
});
