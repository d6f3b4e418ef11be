import { createHash } from 'node:crypto';
import { dataError } from '../base/errors.ts';
import type { SkippedClass } from '../base/skipped-class.ts';
import type { Split } from './store.ts';

/** What identifies an image in the hash of a dataset: its digest, or its path and size. */
export type Identity = (image: number) => Uint8Array | string;

/** All images and labels of a dataset; no image is decoded yet. */
export interface DatasetIndex {
  readonly source: string;
  readonly name: string;
  readonly classes: readonly string[];
  /** Readable names of the classes, if known. */
  readonly titles?: readonly string[];
  readonly train: Split;
  readonly validation: Split;
  readonly identities: { readonly train: Identity; readonly validation: Identity };
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** When each image file was last changed, in seconds; for image files only. */
  readonly modified?: Readonly<Record<'train' | 'validation', (image: number) => number>>;
  /** Number of ignored files by ending. */
  readonly ignoredFiles?: Readonly<Record<string, number>>;
  /** What readers of a result must know about the dataset. */
  readonly warnings?: readonly string[];
  /** Names of images in memory, relative to the source. */
  readonly memoryNames?: Readonly<Record<'train' | 'validation', (image: number) => string>>;
  /** Skipped images per class; undefined if none were skipped. */
  readonly skippedByClass?: readonly SkippedClass[];
  /** Which training images were held out for validation, in words. */
  readonly part?: string;
}

/** sha256 over the source, the classes, and the images and labels of both splits in their order; in hex. */
export function hashDataset(data: DatasetIndex): string {
  const hash = createHash('sha256');
  hash.update(`${JSON.stringify([data.source, data.classes])}\n`);
  for (const split of ['train', 'validation'] as const) {
    const { indices, labels } = data[split];
    hash.update(`${split} ${indices.length}\n`);
    indices.forEach((image, example) => {
      hash.update(data.identities[split](image)).update(`\n${labels[example]!}\n`);
    });
  }
  return hash.digest('hex');
}

/** @throws UserError exit code 65 if a split has no images, or none after skipping bad ones. */
export function refuseEmptySplit(
  dataset: string,
  counts: { readonly train: number; readonly validation: number },
  skipped: DatasetIndex['skipped'],
): void {
  if (counts.train > 0 && counts.validation > 0) return;
  const split = counts.train > 0 ? 'validation' : 'training';
  const [first] = skipped;
  throw dataError(
    first === undefined
      ? `${dataset} has no ${split} images: add at least one`
      : `${dataset} has no ${split} images left: ${skipped.length} bad images were skipped, the first because ${first.reason}`,
  );
}

/** @throws UserError exit code 65 if a dataset has fewer classes than a network can tell apart. */
export function refuseOneClass(dataset: string, { classes }: Pick<DatasetIndex, 'classes'>): void {
  if (classes.length > 1) return;
  throw dataError(
    `${dataset} has only one class, ${classes[0]!}: training needs at least two; check that the path is that of the whole dataset, with one folder per class`,
  );
}
