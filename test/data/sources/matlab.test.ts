import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readStructures } from '../../../src/data/sources/matlab.ts';

/** Written by SciPy, an independent implementation of the format. */
const file = readFileSync(new URL('../../fixtures/data/meta.mat', import.meta.url));

/** An array of structures called synsets. Its field names are empty, and their list has this many bytes. */
function structuresNamed(head: Buffer, nameBytes: number): Buffer {
  const element = (type: number, data: Buffer): Buffer => {
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(type, 0);
    tag.writeUInt32LE(data.length, 4);
    return Buffer.concat([tag, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
  };
  const flags = element(6, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]));
  const dimensions = element(5, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]));
  const name = element(1, Buffer.from('synsets'));
  const length = element(5, Buffer.alloc(4));
  const names = element(1, Buffer.alloc(nameBytes));
  return Buffer.concat([head, element(14, Buffer.concat([flags, dimensions, name, length, names]))]);
}

describe('readStructures', () => {
  it('reads text and numbers of a compressed array of structures after another array', () => {
    const rows = readStructures(file, 'synsets');
    expect(rows.map((row) => [row.get('ILSVRC2012_ID'), row.get('WNID')])).toEqual([
      [[1], 'n02119789'],
      [[2], 'n02100735'],
      [[3], 'n02096294'],
      [[4], 'n01440764'],
      [[5], 'n00001740'],
      [[6], 'n02512053'],
    ]);
    expect(rows[5]!.get('words')).toBe('fish — naïve');
    expect(rows[5]!.get('children')).toEqual([1, 2, 300]);
    expect(rows[0]!.get('children')).toEqual([]);
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['text', () => Buffer.from('hello'), /it is not a MATLAB file/],
    ['the first half', (bytes) => bytes.subarray(0, bytes.length >> 1), /truncated/],
    [
      'version 7.3',
      (bytes) => {
        bytes[125] = 2;
        return bytes;
      },
      /not a little-endian MATLAB file of level 5/,
    ],
    [
      'an empty compressed part',
      (bytes) => {
        const empty = deflateSync(Buffer.alloc(0));
        const tag = Buffer.alloc(8);
        tag.writeUInt32LE(15, 0);
        tag.writeUInt32LE(empty.length, 4);
        return Buffer.concat([bytes.subarray(0, 128), tag, empty]);
      },
      /a compressed part of it is empty/,
    ],
    [
      'a part that inflates to 64 MB',
      (bytes) => {
        const bomb = deflateSync(Buffer.alloc(64e6));
        const tag = Buffer.alloc(8);
        tag.writeUInt32LE(15, 0);
        tag.writeUInt32LE(bomb.length, 4);
        return Buffer.concat([bytes.subarray(0, 128), tag, bomb]);
      },
      /^it inflates to more than 16777216 bytes, too many for a table of classes/,
    ],
    [
      'many parts that inflate to 10 MB each',
      (bytes) => {
        // Each has one element of text, which is skipped.
        const inner = Buffer.alloc(10e6);
        inner.writeUInt32LE(16, 0);
        inner.writeUInt32LE(inner.length - 8, 4);
        const part = deflateSync(inner);
        const tag = Buffer.alloc(8);
        tag.writeUInt32LE(15, 0);
        tag.writeUInt32LE(part.length, 4);
        const parts = Array.from({ length: 3 }, () => [tag, part]).flat();
        return Buffer.concat([bytes.subarray(0, 128), ...parts]);
      },
      /^it inflates to more than 16777216 bytes/,
    ],
    [
      '17 MB without compression',
      (bytes) => Buffer.concat([bytes, Buffer.alloc(17e6)]),
      /^it has more than 16777216 bytes/,
    ],
    [
      'structures without field names',
      (bytes) => structuresNamed(bytes.subarray(0, 128), 0),
      /its structures have no fields/,
    ],
    ['empty field names', (bytes) => structuresNamed(bytes.subarray(0, 128), 8), /its structures have no fields/],
  ])('reports the problem of %s', (_title, spoil, message) => {
    expect(() => readStructures(spoil(Buffer.from(file)), 'synsets')).toThrow(message);
  });

  it('reports a missing array', () => {
    expect(() => readStructures(file, 'classes')).toThrow(/no array of structures named classes/);
  });
});
