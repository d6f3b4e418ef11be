import { describe, expect, it } from 'vitest';
import { openCifar100 } from '../../../src/data/sources/cifar100.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

/** Record of the original format: coarse label, fine label, red, green and blue planes. */
function record(coarse: number, fine: number, red: number, green: number, blue: number): Buffer {
  const planes = [red, green, blue].map((value) => Buffer.alloc(1024, value));
  planes[0]![1] = 7;
  return Buffer.concat([Buffer.from([coarse, fine]), ...planes]);
}

function writeCifar100(train: Buffer, names = Array.from({ length: 100 }, (_, i) => `class ${i}`)): string {
  const folder = temporaryFolder();
  writeFileIn(folder, 'fine_label_names.txt', `${names.join('\n')}\n`);
  writeFileIn(folder, 'train.bin', train);
  writeFileIn(folder, 'test.bin', record(0, 99, 1, 2, 3));
  return folder;
}

describe('openCifar100', () => {
  it('reads fine labels and interleaves the planes', () => {
    const data = openCifar100(writeCifar100(Buffer.concat([record(3, 42, 10, 20, 30), record(1, 5, 40, 50, 60)])));
    expect([...data.train.labels]).toEqual([42, 5]);
    expect([...data.validation.labels]).toEqual([99]);
    const { store } = data.train;
    const pixels = store.kind === 'memory' ? store.pixels : new Uint8Array();
    expect([...pixels.subarray(0, 9)]).toEqual([10, 20, 30, 7, 20, 30, 10, 20, 30]);
    expect([...pixels.subarray(3072, 3075)]).toEqual([40, 50, 60]);
  });

  it.each<[string, () => string, RegExp]>([
    ['a truncated file', () => writeCifar100(record(0, 1, 1, 1, 1).subarray(0, 3000)), /train.bin has 3000 bytes/],
    ['a label out of range', () => writeCifar100(record(0, 100, 1, 1, 1)), /label 100 in record 0/],
    ['too few names', () => writeCifar100(record(0, 1, 1, 1, 1), ['a']), /has 1 classes, expected 100/],
    [
      'a name twice',
      () => writeCifar100(record(0, 1, 1, 1, 1), [...Array.from({ length: 99 }, (_, i) => `class ${i}`), 'class 7']),
      /fine_label_names.txt has the class class 7 twice: unpack CIFAR-100 again$/,
    ],
    ['a missing file', () => temporaryFolder(), /\S+fine_label_names.txt does not exist/],
  ])('refuses %s with exit code 65', (_title, make, message) => {
    const folder = make();
    expect(() => openCifar100(folder)).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
  });
});
