import { createHash } from 'node:crypto';
import { dataError } from '../base/errors.ts';
import type { SkippedClass } from './skipped-classes.ts';
import type { Split } from './store.ts';

/** What makes a picture itself in a data set's hash: its digest, or its path and size. */
export type Identity = (picture: number) => Uint8Array | string;

/** A whole data set, found but not decoded. */
export interface DataSet {
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
  readonly modified?: Readonly<Record<'train' | 'validation', (picture: number) => number>>;
  /** Files beside the images that were not read, by ending. */
  readonly passedOver?: Readonly<Record<string, number>>;
  /** What those who read a result have to know about the dataset. */
  readonly warnings?: readonly string[];
  /** Names of images that lie in memory, relative to what was opened. */
  readonly memoryNames?: Readonly<Record<'train' | 'validation', (picture: number) => string>>;
  /** What skipping took from each class, where it took any. */
  readonly skippedByClass?: readonly SkippedClass[];
  /** What was held out of the training pictures for validation, in words. */
  readonly part?: string;
}

/** sha256 over class list, examples and labels of both splits, in their order. */
export function hashOfDataSet(data: DataSet): string {
  const hash = createHash('sha256');
  hash.update(`${JSON.stringify([data.source, data.classes])}\n`);
  for (const split of ['train', 'validation'] as const) {
    const { indices, labels } = data[split];
    hash.update(`${split} ${indices.length}\n`);
    indices.forEach((picture, example) => {
      hash.update(data.identities[split](picture)).update(`\n${labels[example]!}\n`);
    });
  }
  return hash.digest('hex');
}

/** @throws UserError exit code 65 where a split has no picture (left). */
export function refuseEmpty(
  what: string,
  counts: { readonly train: number; readonly validation: number },
  skipped: DataSet['skipped'],
): void {
  if (counts.train > 0 && counts.validation > 0) return;
  const which = counts.train > 0 ? 'validation' : 'training';
  const [first] = skipped;
  throw dataError(
    first === undefined
      ? `${what} has no ${which} pictures`
      : `${what} has no ${which} picture left: ${skipped.length} bad ones were left out, the first because ${first.reason}`,
  );
}
