import { z } from 'zod';
import { defineSchedule } from '../schedule.ts';

/** The same rate throughout. */
export const constant = defineSchedule({
  schema: z.strictObject({ name: z.literal('constant') }),
  ignoresLength: true,
  factor: () => 1,
});
