import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import type { DatasetIndex } from '../dataset.ts';
import { indexRecords, readClassNames, readRecords } from './planar-records.ts';
import type { RecordFormat } from './planar-records.ts';

const TRAIN = [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.bin`);
const VALIDATION = ['test_batch.bin'];

/** Records of 3073 bytes: a label, then the colour planes. */
const FORMAT: RecordFormat = {
  dataset: 'CIFAR-10',
  expected:
    'the binary version of CIFAR-10 has data_batch_1.bin to data_batch_5.bin, test_batch.bin and batches.meta.txt',
  labelBytes: 1,
  classes: 10,
};

/**
 * CIFAR-10 from its original binary files (Krizhevsky 2009), the folder `cifar-10-batches-bin`. It has the same images in the
 * same order as the source `cifar10` without a path, and so the same sha256.
 * @throws UserError exit code 65 if a file is missing, truncated or has an invalid label.
 */
export function openCifar10Binary(folder: string): DatasetIndex {
  const classes = readClassNames(join(folder, 'batches.meta.txt'), FORMAT);
  const train = readRecords(folder, TRAIN, FORMAT);
  const uneven = train.counts.findIndex((count) => count !== train.counts[0]);
  if (uneven >= 0) {
    throw dataError(
      `${join(folder, TRAIN[uneven]!)} has ${train.counts[uneven]!} images, but ${TRAIN[0]!} has ${train.counts[0]!}: one of the files is truncated; unpack CIFAR-10 again`,
    );
  }
  const validation = readRecords(folder, VALIDATION, FORMAT);
  return indexRecords('cifar10', classes, { train, validation });
}
