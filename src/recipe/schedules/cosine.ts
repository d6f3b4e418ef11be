import { z } from 'zod';
import { alongCosine, defineSchedule, partOf } from '../schedule.ts';

/** torch CosineAnnealingLR (Loshchilov & Hutter 2017), down to `endFraction`. */
export const cosine = defineSchedule({
  schema: z.strictObject({
    name: z.literal('cosine'),
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  factor: ({ endFraction }, clock) => alongCosine(1, endFraction, partOf(clock)),
});
