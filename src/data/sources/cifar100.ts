import { join } from 'node:path';
import type { DatasetIndex } from '../dataset.ts';
import { indexRecords, readClassNames, readRecords } from './planar-records.ts';
import type { RecordFormat } from './planar-records.ts';

/** Records of 3074 bytes: a coarse label, a fine label, then the colour planes. */
const FORMAT: RecordFormat = {
  dataset: 'CIFAR-100',
  expected: 'cifar100 needs the folder of the original binary files (train.bin, test.bin, fine_label_names.txt)',
  labelBytes: 2,
  classes: 100,
};

/**
 * CIFAR-100 from its original binary files (Krizhevsky 2009), the folder `cifar-100-binary` with train.bin, test.bin and
 * fine_label_names.txt. The fine labels are the classes.
 * @throws UserError exit code 65 if a file is missing, truncated or has an invalid label.
 */
export function openCifar100(folder: string): DatasetIndex {
  const classes = readClassNames(join(folder, 'fine_label_names.txt'), FORMAT);
  return indexRecords('cifar100', classes, {
    train: readRecords(folder, ['train.bin'], FORMAT),
    validation: readRecords(folder, ['test.bin'], FORMAT),
  });
}
