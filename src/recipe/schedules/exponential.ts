import { z } from 'zod';
import { defineSchedule, partOf } from '../schedule.ts';

/**
 * Hernandez & Brown 2020, section 3.2: the total reduction of a step schedule, but smooth; torch ExponentialLR with
 * gamma = reduction^(-1 / epochs).
 */
export const exponential = defineSchedule({
  schema: z.strictObject({
    name: z.literal('exponential'),
    totalReduction: z.number().gt(1).default(1000),
  }),
  factor: ({ totalReduction }, clock) => totalReduction ** -partOf(clock),
});
