import { z } from 'zod';

/** How many images of a class were skipped as bad, and how many are left; the same in a pack and in a measurement. */
export const skippedClassSchema = z.strictObject({
  split: z.enum(['train', 'validation']),
  class: z.string(),
  skipped: z.int().positive(),
  left: z.int().min(0),
});
export type SkippedClass = Readonly<z.infer<typeof skippedClassSchema>>;
