import { join } from 'node:path';
import { dataError, messageOf, systemCodeOf } from '../../base/errors.ts';
import { isSystemError, readFailure } from '../../base/system-error.ts';
import type { DatasetIndex } from '../dataset.ts';
import { computeDigest } from '../digest.ts';
import { readRegularFile } from '../file.ts';
import { shareInts } from '../store.ts';
import type { Split } from '../store.ts';

const SIDE = 32;
const PIXELS = SIDE ** 2;
const IMAGE_BYTES = 3 * PIXELS;

/** A file of CIFAR's binary version: per record, labels and the red, green and blue planes of 32 x 32 (Krizhevsky 2009). */
export interface RecordFormat {
  readonly dataset: string;
  /** The files that the folder must have, for the message about a missing file. */
  readonly expected: string;
  /** Number of label bytes at the start of a record; the last of them is the class. */
  readonly labelBytes: number;
  readonly classes: number;
}

/** Reads a file of the binary version. @throws UserError exit code 65 if it is missing or cannot be read. */
export function readBinaryFile(file: string, expected: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') throw dataError(`the file ${file} does not exist: ${expected}`, error);
    if (isSystemError(error)) throw readFailure(file, error);
    throw dataError(`cannot read ${file}: ${messageOf(error)}`, error);
  }
}

/** The names of the classes, one per line. @throws UserError exit code 65 if there are too few or too many. */
export function readClassNames(file: string, { expected, classes }: RecordFormat): string[] {
  const lines = readBinaryFile(file, expected).toString('utf8').split('\n');
  const names = lines.map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === classes) return names;
  throw dataError(`${file} has ${names.length} classes, expected ${classes}`);
}

/** A split that was read from files, with the number of images per file. */
export interface Records {
  readonly split: Split;
  readonly files: readonly string[];
  readonly counts: readonly number[];
}

/**
 * Reads the records of a folder's files, in order, as images in memory: uint8 [count, 32, 32, 3].
 * @throws UserError exit code 65 if a file is truncated or has an invalid label.
 */
export function readRecords(folder: string, files: readonly string[], format: RecordFormat): Records {
  const recordBytes = format.labelBytes + IMAGE_BYTES;
  const parts = files.map((file) => readRecordFile(join(folder, file), format, recordBytes));
  const counts = parts.map(({ length }) => length / recordBytes);
  const count = counts.reduce((sum, part) => sum + part, 0);
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  const labels: number[] = [];
  for (const part of parts) {
    for (let at = 0; at < part.length; at += recordBytes) {
      const planes = part.subarray(at + format.labelBytes, at + recordBytes);
      interleave(planes, pixels.subarray(labels.length * IMAGE_BYTES));
      labels.push(part[at + format.labelBytes - 1]!);
    }
  }
  const indices = shareInts(labels.map((_, i) => i));
  const store = { kind: 'memory', side: SIDE, pixels } as const;
  return { split: { store, indices, labels: shareInts(labels) }, files, counts };
}

function readRecordFile(file: string, format: RecordFormat, recordBytes: number): Buffer {
  const { dataset, expected, labelBytes, classes } = format;
  const bytes = readBinaryFile(file, expected);
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw dataError(
      `${file} has ${bytes.length} bytes, expected a multiple of ${recordBytes}: it is truncated or not a file of ${dataset}`,
    );
  }
  for (let at = 0; at < bytes.length; at += recordBytes) {
    const label = bytes[at + labelBytes - 1]!;
    if (label >= classes)
      throw dataError(
        `${file} has the label ${label} in record ${at / recordBytes}, expected 0 to ${classes - 1}: it is damaged`,
      );
  }
  return bytes;
}

function interleave(planes: Uint8Array, out: Uint8Array): void {
  for (let pixel = 0, at = 0; pixel < PIXELS; pixel++) {
    out[at++] = planes[pixel]!;
    out[at++] = planes[PIXELS + pixel]!;
    out[at++] = planes[2 * PIXELS + pixel]!;
  }
}

/** The identity of each image of a split in memory: the digest of its pixels. */
const identityIn =
  ({ store }: Split) =>
  (image: number): Uint8Array =>
    store.kind === 'memory'
      ? computeDigest(store.pixels.subarray(image * IMAGE_BYTES, (image + 1) * IMAGE_BYTES))
      : new Uint8Array();

/** The name of an image: its file and its record, such as `data_batch_2.bin#17`. */
const nameIn =
  ({ files, counts }: Records) =>
  (image: number): string => {
    let [file, record] = [0, image];
    while (record >= counts[file]!) record -= counts[file++]!;
    return `${files[file]!}#${record}`;
  };

/** The index of a dataset with its images in memory. */
export function indexRecords(
  source: string,
  classes: readonly string[],
  { train, validation }: Readonly<Record<'train' | 'validation', Records>>,
): DatasetIndex {
  return {
    source,
    name: source,
    classes,
    train: train.split,
    validation: validation.split,
    identities: { train: identityIn(train.split), validation: identityIn(validation.split) },
    memoryNames: { train: nameIn(train), validation: nameIn(validation) },
    skipped: [],
  };
}
