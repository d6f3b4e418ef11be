import { z } from 'zod';

/** Which pictures, how large, and how many of them. */
export const dataSchema = z
  .strictObject({
    source: z.enum(['cifar10', 'cifar100', 'folder', 'pack', 'synthetic']),
    /** The folder (cifar100, folder) or the file (pack); not for cifar10 and synthetic. */
    path: z.string().min(1).optional(),
    /** Height and width in pixels that the network is given. */
    input: z.int().min(1).max(4096),
    /** Number of classes to generate; for synthetic only. */
    classes: z.int().min(2).max(10_000).optional(),
    /** Use this many training examples (the same number of every class), chosen by `partSeed`. */
    trainExamples: z.int().positive().optional(),
    validationExamples: z.int().positive().optional(),
    partSeed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    /** For a folder without validation pictures: the part of every class to hold out for it, chosen by `partSeed`. */
    validationFraction: z.number().gt(0).lt(1).optional(),
    onBadPicture: z.enum(['stop', 'skip']).default('stop'),
  })
  .superRefine((data, context) => {
    const needsPath = data.source !== 'cifar10' && data.source !== 'synthetic';
    if (needsPath && data.path === undefined) {
      const what = data.source === 'pack' ? 'pack file' : 'folder';
      context.addIssue({
        code: 'custom',
        path: ['path'],
        message: `${data.source} needs the path of a ${what}`,
      });
    }
    if (!needsPath && data.path !== undefined) {
      context.addIssue({ code: 'custom', path: ['path'], message: `${data.source} takes no path` });
    }
    if (data.source !== 'folder' && data.validationFraction !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['validationFraction'],
        message: 'only a folder takes a part to hold out; a pack keeps the one it was made with',
      });
    }
    if (data.source !== 'synthetic' && data.classes !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['classes'],
        message: 'only synthetic takes a number of classes',
      });
    }
  });
export type DataConfig = z.infer<typeof dataSchema>;
