import { z } from 'zod';
import { defineSchedule } from '../schedule.ts';

/** A constant learning rate. */
export const constant = defineSchedule({
  schema: z.strictObject({ name: z.literal('constant') }),
  ignoresLength: true,
  factor: () => 1,
});
