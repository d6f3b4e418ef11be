import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../../src/config/data.ts';
import { listImages } from '../../../src/data/list-images.ts';
import { findDataset } from '../../../src/data/sources/find.ts';
import { openSource } from '../../../src/data/sources/source.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

const NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** A record of the original format: the label, then the red, green and blue planes. */
const record = (label: number, red: number): Buffer =>
  Buffer.concat([Buffer.from([label]), ...[red, 2, 3].map((value) => Buffer.alloc(1024, value))]);

function writeCifar10(): string {
  const folder = temporaryFolder();
  for (const part of [1, 2, 3, 4, 5])
    writeFileIn(folder, `data_batch_${part}.bin`, Buffer.concat([record(part, part), record(0, 90 + part)]));
  writeFileIn(folder, 'test_batch.bin', record(9, 77));
  writeFileIn(folder, 'batches.meta.txt', `${NAMES.join('\n')}\n\n`);
  return folder;
}

describe('the binary version of CIFAR-10', () => {
  it.each([['cifar10'], ['folder']])('is detected by its files in a config with source: %s', (source) => {
    const data = findDataset(dataSchema.parse({ source, path: writeCifar10(), input: 32 }), 32);
    expect(data.source).toBe('cifar10');
    expect(data.classes).toEqual(NAMES);
    expect([...data.train.labels]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    expect([...data.validation.labels]).toEqual([9]);
    const { store } = data.train;
    if (store.kind !== 'memory') throw new TypeError('expected images in memory');
    // The third image is the first of data_batch_2.bin; red, green and blue of its first pixel.
    expect([...store.pixels.subarray(2 * 3072, 2 * 3072 + 3)]).toEqual([2, 2, 3]);
  });

  it('names its images by file and record', () => {
    const data = openSource(writeCifar10());
    expect([...listImages(data, 'train', 3)]).toEqual([
      { split: 'train', file: 'data_batch_1.bin#0', class: 'automobile', position: 1 },
      { split: 'train', file: 'data_batch_1.bin#1', class: 'airplane', position: 0 },
      { split: 'train', file: 'data_batch_2.bin#0', class: 'bird', position: 2 },
    ]);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'a missing batch',
      (f) => {
        rmSync(join(f, 'data_batch_3.bin'));
      },
      /\S+data_batch_3\.bin does not exist: the binary version of CIFAR-10 has/,
    ],
    [
      'a truncated batch',
      (f) => writeFileIn(f, 'data_batch_2.bin', record(1, 1).subarray(0, 3000)),
      /data_batch_2\.bin has 3000 bytes, expected a multiple of 3073/,
    ],
    [
      'a batch that ends between two records',
      (f) => writeFileIn(f, 'data_batch_5.bin', record(1, 1)),
      /data_batch_5\.bin has 1 images, but data_batch_1\.bin has 2: one of the files is truncated/,
    ],
    [
      'an invalid label',
      (f) => writeFileIn(f, 'test_batch.bin', record(10, 1)),
      /test_batch\.bin has the label 10 in record 0, expected 0 to 9: it is damaged/,
    ],
    ['too few classes', (f) => writeFileIn(f, 'batches.meta.txt', 'a\nb\n'), /has 2 classes, expected 10/],
    [
      'a name that is not text',
      (f) => writeFileIn(f, 'batches.meta.txt', Buffer.from([0x61, 0xff])),
      /1:2: the byte 0xFF is not/,
    ],
  ])('is refused with %s', (_title, spoil, message) => {
    const folder = writeCifar10();
    spoil(folder);
    expect(() => openSource(folder)).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
  });

  it('is suggested if the folder has the Python version', () => {
    const folder = temporaryFolder();
    writeFileIn(folder, 'data_batch_1', 'pickle');
    expect(() => openSource(folder)).toThrow(/is the Python version of CIFAR-10: use the binary version/);
  });

  it('refuses options for folders of image files', () => {
    const folder = writeCifar10();
    expect(() => openSource(folder, undefined, { validation: 'test' })).toThrow(
      expect.objectContaining({ exitCode: 78 }),
    );
  });
});
