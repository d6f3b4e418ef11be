import { z } from 'zod';
import { defineSchedule, elapsedFraction } from '../schedule.ts';

/**
 * Falls by the same factor in every epoch (Hernandez & Brown 2020, section 3.2; torch ExponentialLR with
 * gamma = totalReduction^(-1 / epochs)).
 */
export const exponential = defineSchedule({
  schema: z.strictObject({
    name: z.literal('exponential'),
    /** The factor by which the learning rate falls over the whole run. */
    totalReduction: z.number().gt(1).default(1000),
  }),
  factor: ({ totalReduction }, clock) => totalReduction ** -elapsedFraction(clock),
});
