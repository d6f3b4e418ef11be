import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { findNotUtf8 } from '../../base/text/utf8.ts';
import type { DatasetIndex } from '../dataset.ts';
import { computeDigest } from '../digest.ts';
import { readDataFile } from '../file.ts';
import { shareInts } from '../store.ts';
import type { Split } from '../store.ts';

const SIDE = 32;
const PIXELS = SIDE ** 2;
const IMAGE_BYTES = 3 * PIXELS;

/**
 * The format of CIFAR's binary files (Krizhevsky 2009). A record has one or two labels, and the red, green and blue planes of
 * an image of 32 x 32 pixels.
 */
export interface RecordFormat {
  readonly dataset: string;
  /** The files that the folder must have, for the message if one is missing. */
  readonly expected: string;
  /** Number of label bytes at the start of a record; the last of them is the class. */
  readonly labelBytes: number;
  readonly classes: number;
}

/**
 * Reads the names of the classes, one per line.
 * @throws UserError exit code 65 if the file is missing or has another number.
 */
export function readClassNames(file: string, { dataset, expected, classes }: RecordFormat): string[] {
  const bytes = readDataFile(file, expected);
  const problem = findNotUtf8(file, bytes);
  if (problem !== undefined) throw dataError(`${problem}: unpack ${dataset} again`);
  const lines = bytes.toString('utf8').split('\n');
  const names = lines.map((name) => name.trim()).filter((name) => name !== '');
  if (names.length !== classes)
    throw dataError(`${file} has ${names.length} classes, expected ${classes}: unpack ${dataset} again`);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) throw dataError(`${file} has the class ${repeated} twice: unpack ${dataset} again`);
  return names;
}

/** A split that was read from files. */
export interface Records {
  readonly split: Split;
  readonly files: readonly string[];
  /** Images per file. */
  readonly counts: readonly number[];
}

/**
 * Reads the records of a folder's files, in order, as images in memory: uint8 [count, 32, 32, 3].
 * @throws UserError exit code 65 if a file is missing, truncated or has an invalid label.
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
  const bytes = readDataFile(file, expected);
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

/** From planes [3, 32, 32] to pixels [32, 32, 3]. */
function interleave(planes: Uint8Array, out: Uint8Array): void {
  for (let pixel = 0, at = 0; pixel < PIXELS; pixel++) {
    out[at++] = planes[pixel]!;
    out[at++] = planes[PIXELS + pixel]!;
    out[at++] = planes[2 * PIXELS + pixel]!;
  }
}

/** Gives the identity of an image of a split in memory: the digest of its pixels. */
const identityInMemory =
  ({ store }: Split) =>
  (image: number): Uint8Array =>
    store.kind === 'memory'
      ? computeDigest(store.pixels.subarray(image * IMAGE_BYTES, (image + 1) * IMAGE_BYTES))
      : new Uint8Array();

/** Gives the name of an image: its file and its record, such as `data_batch_2.bin#17`. */
const recordName =
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
    identities: { train: identityInMemory(train.split), validation: identityInMemory(validation.split) },
    memoryNames: { train: recordName(train), validation: recordName(validation) },
    skipped: [],
  };
}
