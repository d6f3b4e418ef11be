import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { readStructures } from '../../../src/data/sources/matlab.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

/** Written by SciPy; the numbers 1 to 4 are these classes. */
const table = readFileSync(new URL('../../fixtures/data/meta.mat', import.meta.url));
const IDS = ['n02119789', 'n02100735', 'n02096294', 'n01440764'];
const HEADER_BYTES = 128;

/** The table without compression, so that a test can change single values. */
function uncompressed(): Buffer {
  const parts = [table.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < table.length; at += 8 + table.readUInt32LE(at + 4))
    parts.push(inflateSync(table.subarray(at + 8, at + 8 + table.readUInt32LE(at + 4))));
  return Buffer.concat(parts);
}

/** A number of the table with its tag: 8 bytes of type 9, float64. */
function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(9, 0);
  bytes.writeUInt32LE(8, 4);
  bytes.writeDoubleLE(value, 8);
  return bytes;
}

/** The table with the first occurrence of `before` replaced by bytes of the same length. */
function replaced(before: Buffer, after: Buffer): Buffer {
  const bytes = uncompressed();
  const at = bytes.indexOf(before);
  expect(at).toBeGreaterThan(0);
  after.copy(bytes, at);
  return bytes;
}

/** The labels of four flat validation images with the numbers 1 to 4. */
function labelsWith(file: string, content: Buffer | string): number[] {
  const folder = temporaryFolder();
  for (const id of IDS) writeFileIn(folder, `train/${id}/1.JPEG`, 'x');
  for (const number of [1, 2, 3, 4]) writeFileIn(folder, `val/${number}.JPEG`, 'x');
  writeFileIn(folder, 'ILSVRC2012_validation_ground_truth.txt', '1\n2\n3\n4\n');
  writeFileSync(join(folder, file), content);
  return [...openFolder(folder).validation.labels];
}

describe('the numbers of classes', () => {
  it('are the same without compression', () => {
    expect(labelsWith('meta.mat', uncompressed())).toEqual([3, 2, 1, 0]);
  });

  it('may be integers of 64 bits, as SciPy writes those of Python', () => {
    const integer = numberBytes(2);
    integer.writeUInt32LE(12, 0);
    integer.writeBigInt64LE(2n, 8);
    expect(labelsWith('meta.mat', replaced(numberBytes(2), integer))).toEqual([3, 2, 1, 0]);
  });

  it.each<[string, () => Buffer, RegExp]>([
    [
      'two classes with one number',
      () => replaced(numberBytes(2), numberBytes(1)),
      /meta.mat: it gives n02119789 and n02100735 the same number 1: unpack the development kit again$/,
    ],
    [
      'one class with two numbers',
      () => replaced(Buffer.from('n02100735'), Buffer.from('n02119789')),
      /meta.mat: it gives n02119789 the numbers 1 and 2: unpack the development kit again$/,
    ],
    [
      'a number that is not whole',
      () => replaced(numberBytes(2), numberBytes(2.5)),
      /meta.mat: one of its classes has no ILSVRC2012_ID \(one whole number\) or no WNID \(text\): unpack/,
    ],
  ])('are refused with exit code 65 if meta.mat has %s', (_title, bytes, message) => {
    expect(() => labelsWith('meta.mat', bytes())).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
  });

  it('are refused if synsets.txt has a class twice', () => {
    const ids = [IDS[0], IDS[1], IDS[0], IDS[3]];
    expect(() => labelsWith('synsets.txt', `${ids.join('\n')}\n`)).toThrow(
      /synsets.txt: it gives n02119789 the numbers 1 and 3: write each id once, in the order of the numbers$/,
    );
  });

  it('are refused if the table has lost values', () => {
    // The dimensions of the array of structures: 1 x 6 becomes 1 x 7.
    const [type, name] = [Buffer.from([5, 0, 0, 0, 8, 0, 0, 0]), Buffer.from([1, 0, 0, 0, 7, 0, 0, 0])];
    const sizes = (rows: number): Buffer => Buffer.concat([type, Buffer.from([rows, 0, 0, 0, 1, 0, 0, 0]), name]);
    expect(() => readStructures(replaced(sizes(6), sizes(7)), 'synsets')).toThrow(
      /^it is damaged: its array synsets has \d+ values, expected \d+$/,
    );
  });
});
