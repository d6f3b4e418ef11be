import { z } from 'zod';
import { defineSchedule, partOf } from '../schedule.ts';

/** torch PolynomialLR, down to `endFraction`. */
export const polynomial = defineSchedule({
  schema: z.strictObject({
    name: z.literal('polynomial'),
    power: z.number().positive().default(1),
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  factor: ({ power, endFraction }, clock) => endFraction + (1 - endFraction) * (1 - partOf(clock)) ** power,
});
