import { z } from 'zod';
import type { AugmentationConfig } from './augment/schema.ts';

/** What the labels in a list are: class names, or positions in the list of classes, counted from 0 or from 1. */
export const labelFormat = z.enum(['names', 'positions', 'positionsFromOne']);
export type LabelFormat = z.infer<typeof labelFormat>;

/** The keys of `data` in a config, beside `source`. */
export const requestFields = {
  /**
   * The folder of images (`folder`) or of CIFAR's binary files (`cifar10`, `cifar100`), or the file of a `pack`; not for
   * `synthetic`.
   */
  path: z.string().min(1).optional(),
  /**
   * Input size: height and width of what the network sees.
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
  /** For a list of labels that can be read in two ways: the way in which its labels are read. */
  labels: labelFormat.optional(),
  /** What to do with an image that cannot be decoded: stop with an error, or leave it out and record it. */
  onBadPicture: z.enum(['stop', 'skip']).default('stop'),
};

/** The `data` of a config without its source. */
export type DataRequest = z.infer<z.ZodObject<typeof requestFields>>;

/** The data of one stage, if the image size changes during the run. */
export interface DataStage {
  /** Height and width in pixels of what the network sees. */
  readonly input: number;
  readonly augmentation: AugmentationConfig;
}
