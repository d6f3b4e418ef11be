import { z } from 'zod';
import { defineSchedule, elapsedFraction } from '../schedule.ts';

/** A polynomial down to `endFraction` (torch PolynomialLR). */
export const polynomial = defineSchedule({
  schema: z.strictObject({
    name: z.literal('polynomial'),
    /** The exponent of the polynomial; 1: a straight line. */
    power: z.number().positive().default(1),
    /** The learning rate at the end, as a fraction of the highest. */
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  factor: ({ power, endFraction }, clock) => endFraction + (1 - endFraction) * (1 - elapsedFraction(clock)) ** power,
});
