import { z } from 'zod';

/** The numbers of skipped and of remaining images of a class. Packs and measurements contain it in the same form. */
export const skippedClassSchema = z.strictObject({
  split: z.enum(['train', 'validation']),
  class: z.string(),
  skipped: z.int().positive(),
  left: z.int().min(0),
});
export type SkippedClass = Readonly<z.infer<typeof skippedClassSchema>>;
