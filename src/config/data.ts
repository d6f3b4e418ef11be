import { z } from 'zod';

/** The meaning of the labels in a list: class names, or positions in the list of classes, from 0 or from 1. */
export const labelFormat = z.enum(['names', 'positions', 'positionsFromOne']);
export type LabelFormat = z.infer<typeof labelFormat>;

/** Options that only some sources have, with the message for the other sources. */
const optionReasons = {
  validationFraction: 'is only for source: folder; a pack keeps the split that it was packed with',
  validation: 'is only for source: folder',
  labels: 'is only for source: folder',
  classes: 'is only for source: synthetic',
} as const;
type DataOption = keyof typeof optionReasons;

/** The keys that a config may have for a source. src/data/sources/source.ts opens the sources. */
interface SourceNeeds {
  /** What `data.path` names; undefined if the source takes no path. */
  readonly path?: 'folder' | 'pack file';
  readonly needsPath: boolean;
  readonly options: readonly DataOption[];
}

const dataSources = {
  cifar10: { path: 'folder', needsPath: false, options: [] },
  cifar100: { path: 'folder', needsPath: true, options: [] },
  folder: {
    path: 'folder',
    needsPath: true,
    options: ['validationFraction', 'validation', 'labels'],
  },
  pack: { path: 'pack file', needsPath: true, options: [] },
  synthetic: { needsPath: false, options: ['classes'] },
} as const satisfies Record<string, SourceNeeds>;
type SourceName = keyof typeof dataSources;

/** The dataset: which images, their size, and how many of them. */
export const dataSchema = z
  .strictObject({
    /** Where the images come from; see docs/data.md. */
    source: z.enum(Object.keys(dataSources) as [SourceName, ...SourceName[]]),
    /** The folder (`folder`, `cifar100`, `cifar10` in its binary version) or the file (`pack`); not for `synthetic`. */
    path: z.string().min(1).optional(),
    /**
     * Input size: height and width of the images that the network gets.
     * @unit pixels
     * @example 224
     */
    input: z.int().min(1).max(4096),
    /** Number of classes to generate; for `synthetic` only. */
    classes: z.int().min(2).max(10_000).optional(),
    /** Use only this many training images, the same number per class, chosen by `partSeed`. */
    trainExamples: z.int().positive().optional(),
    /** Use only this many validation images, the same number per class, chosen by `partSeed`. */
    validationExamples: z.int().positive().optional(),
    /** Seed for `trainExamples`, `validationExamples` and `validationFraction`, and for `synthetic` images. */
    partSeed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    /**
     * For a folder without validation images: the fraction of each class to hold out, chosen by `partSeed`.
     * @example 0.1
     */
    validationFraction: z.number().gt(0).lt(1).optional(),
    /** For a folder: the name of its folder with the validation images, if it is not `val`, `validation` or `valid`. */
    validation: z
      .string()
      .regex(/^(?!\.{1,2}$)[^/]+$/, 'expected the name of a folder in the dataset folder, without "/"')
      .optional(),
    /** For a list of labels that can be read in two ways: the meaning of the labels. */
    labels: labelFormat.optional(),
    /** What to do with an image that cannot be decoded: stop with an error, or skip it and record that in the measurement. */
    onBadPicture: z.enum(['stop', 'skip']).default('stop'),
  })
  .superRefine((data, context) => {
    const refuse = (path: keyof typeof data, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { path, needsPath, options }: SourceNeeds = dataSources[data.source];
    if (needsPath && data.path === undefined)
      refuse('path', `is missing: source ${data.source} needs the path of a ${path}`);
    if (path === undefined && data.path !== undefined)
      refuse('path', `is only for sources that read files: remove it for source ${data.source}`);
    for (const [option, reason] of Object.entries(optionReasons) as [DataOption, string][]) {
      if (data[option] !== undefined && !options.includes(option)) refuse(option, reason);
    }
    if (data.validation !== undefined && data.validationFraction !== undefined)
      refuse('validation', 'cannot be combined with validationFraction: remove one of them');
  });
export type DataConfig = z.infer<typeof dataSchema>;
