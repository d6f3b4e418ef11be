import { z } from 'zod';

/** What the labels of a list stand for: names of classes, or positions in the class list, from 0 or from 1. */
export const labelFormat = z.enum(['names', 'positions', 'positionsFromOne']);
export type LabelFormat = z.infer<typeof labelFormat>;

/** Options that belong to some sources only, and what is said where they stand with another. */
const optionReasons = {
  validationFraction: 'only a folder takes a part to hold out; a pack keeps the one it was made with',
  validation: 'only a folder takes the name of a folder for validation',
  labels: 'only a folder has a list of labels',
  classes: 'only synthetic takes a number of classes',
} as const;
type DataOption = keyof typeof optionReasons;

/** A source of images as a config sees it; src/data/sources/source.ts opens it. */
interface SourceNeeds {
  /** What the path leads to; undefined where there is none. */
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

/** Which images, how large, and how many of them. */
export const dataSchema = z
  .strictObject({
    source: z.enum(Object.keys(dataSources) as [SourceName, ...SourceName[]]),
    /** The folder (cifar100, folder, cifar10 in its binary version) or the file (pack); not for synthetic. */
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
    /** For a folder without validation images: the part of every class to hold out for it, chosen by `partSeed`. */
    validationFraction: z.number().gt(0).lt(1).optional(),
    /** For a folder: the name of the folder in it that holds the validation images, where it is not val, validation or valid. */
    validation: z
      .string()
      .regex(/^(?!\.{1,2}$)[^/]+$/, 'expected the name of a folder in the dataset, without "/"')
      .optional(),
    /** For a folder whose list of labels can be read in two ways: what its labels stand for. */
    labels: labelFormat.optional(),
    onBadPicture: z.enum(['stop', 'skip']).default('stop'),
  })
  .superRefine((data, context) => {
    const refuse = (path: keyof typeof data, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { path, needsPath, options }: SourceNeeds = dataSources[data.source];
    if (needsPath && data.path === undefined) refuse('path', `${data.source} needs the path of a ${path}`);
    if (path === undefined && data.path !== undefined) refuse('path', `${data.source} takes no path`);
    for (const [option, reason] of Object.entries(optionReasons) as [DataOption, string][]) {
      if (data[option] !== undefined && !options.includes(option)) refuse(option, reason);
    }
    if (data.validation !== undefined && data.validationFraction !== undefined)
      refuse('validation', 'excludes validationFraction: the images are in a folder or held out');
  });
export type DataConfig = z.infer<typeof dataSchema>;
