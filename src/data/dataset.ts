import { createHash } from 'node:crypto';
import { dataError } from '../base/errors.ts';
import type { SkippedClass } from './skipped-classes.ts';
import type { Split } from './store.ts';

/** What makes an image itself in a dataset's hash: its digest, or its path and size. */
export type Identity = (image: number) => Uint8Array | string;

/** A whole dataset, found but not decoded. */
export interface DatasetIndex {
  readonly source: string;
  readonly name: string;
  readonly classes: readonly string[];
  /** What people call the classes, where it is known. */
  readonly titles?: readonly string[];
  readonly train: Split;
  readonly validation: Split;
  readonly identities: { readonly train: Identity; readonly validation: Identity };
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** When each image's file was last changed, in seconds; for image files only. */
  readonly modified?: Readonly<Record<'train' | 'validation', (image: number) => number>>;
  /** Files beside the images that were not read, by ending. */
  readonly passedOver?: Readonly<Record<string, number>>;
  /** What those who read a result have to know about the dataset. */
  readonly warnings?: readonly string[];
  /** Names of images that lie in memory, relative to what was opened. */
  readonly memoryNames?: Readonly<Record<'train' | 'validation', (image: number) => string>>;
  /** What skipping took from each class, where it took any. */
  readonly skippedByClass?: readonly SkippedClass[];
  /** What was held out of the training images for validation, in words. */
  readonly part?: string;
}

/** sha256 over class list, examples and labels of both splits, in their order. */
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

/** @throws UserError exit code 65 where a split has no image (left). */
export function refuseEmptySplit(
  what: string,
  counts: { readonly train: number; readonly validation: number },
  skipped: DatasetIndex['skipped'],
): void {
  if (counts.train > 0 && counts.validation > 0) return;
  const which = counts.train > 0 ? 'validation' : 'training';
  const [first] = skipped;
  throw dataError(
    first === undefined
      ? `${what} has no ${which} images`
      : `${what} has no ${which} image left: ${skipped.length} bad ones were left out, the first because ${first.reason}`,
  );
}
