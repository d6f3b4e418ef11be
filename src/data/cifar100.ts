import { join } from 'node:path';
import { dataError, messageOf, systemCodeOf } from '../base/errors.ts';
import { isSystemError, readFailure } from '../base/system-error.ts';
import type { DataSet } from './dataset.ts';
import { digestOf } from './digest.ts';
import { readRegularFile } from './file.ts';
import { shareInts } from './store.ts';
import type { Split } from './store.ts';

const SIDE = 32;
const PIXELS = SIDE ** 2;
/** A coarse label, a fine label, then the red, green and blue planes. */
const RECORD_BYTES = 2 + 3 * PIXELS;
const CLASSES = 100;

/**
 * CIFAR-100 from its original binary files (Krizhevsky 2009): train.bin, test.bin and fine_label_names.txt in one folder,
 * as `cifar-100-binary` unpacks. The fine labels are the classes.
 */
export function openCifar100(folder: string): DataSet {
  const names = readPart(join(folder, 'fine_label_names.txt')).toString('utf8').split('\n');
  const classes = names.map((name) => name.trim()).filter((name) => name !== '');
  if (classes.length !== CLASSES) {
    throw dataError(
      `${join(folder, 'fine_label_names.txt')} names ${classes.length} classes, expected ${CLASSES}`,
    );
  }
  const train = readSplit(join(folder, 'train.bin'));
  const validation = readSplit(join(folder, 'test.bin'));
  return {
    source: 'cifar100',
    name: 'cifar100',
    classes,
    train,
    validation,
    identities: { train: identityIn(train), validation: identityIn(validation) },
    skipped: [],
  };
}

const identityIn =
  ({ store }: Split) =>
  (picture: number): Uint8Array =>
    store.kind === 'memory'
      ? digestOf(store.pixels.subarray(picture * 3 * PIXELS, (picture + 1) * 3 * PIXELS))
      : new Uint8Array();

function readPart(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT')
      throw dataError(
        `there is no ${file}: cifar100 needs the folder of the original binary files (train.bin, test.bin, fine_label_names.txt)`,
        error,
      );
    if (isSystemError(error)) throw readFailure(file, error);
    throw dataError(`cannot read ${file}: ${messageOf(error)}`, error);
  }
}

function readSplit(file: string): Split {
  const bytes = readPart(file);
  if (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0) {
    throw dataError(
      `${file} holds ${bytes.length} bytes, not a multiple of ${RECORD_BYTES}: it is truncated or not CIFAR-100's`,
    );
  }
  const count = bytes.length / RECORD_BYTES;
  const pixels = new Uint8Array(count * 3 * PIXELS);
  const labels = shareInts(Array.from({ length: count }, (_, i) => bytes[i * RECORD_BYTES + 1]!));
  const wrong = labels.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw dataError(`${file} has the label ${labels[wrong]!} in record ${wrong}: it is damaged`);
  for (let i = 0; i < count; i++) {
    const planes = bytes.subarray(i * RECORD_BYTES + 2, (i + 1) * RECORD_BYTES);
    interleave(planes, pixels.subarray(i * 3 * PIXELS, (i + 1) * 3 * PIXELS));
  }
  const indices = shareInts(Array.from({ length: count }, (_, i) => i));
  return { store: { kind: 'memory', side: SIDE, pixels }, indices, labels };
}

function interleave(planes: Uint8Array, out: Uint8Array): void {
  for (let pixel = 0, at = 0; pixel < PIXELS; pixel++) {
    out[at++] = planes[pixel]!;
    out[at++] = planes[PIXELS + pixel]!;
    out[at++] = planes[2 * PIXELS + pixel]!;
  }
}
