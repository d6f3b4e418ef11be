import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readStructures } from '../../src/data/matlab.ts';

/** Written by SciPy: a stranger's idea of the format, not ours. */
const file = readFileSync(new URL('../fixtures/data/meta.mat', import.meta.url));

describe('readStructures', () => {
  it('reads text and numbers of a compressed array of structures, past another array', () => {
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
    ['text', () => Buffer.from('hello'), /it is no MATLAB file/],
    ['the first half', (bytes) => bytes.subarray(0, bytes.length >> 1), /truncated/],
    [
      'version 7.3',
      (bytes) => {
        bytes[125] = 2;
        return bytes;
      },
      /not of MATLAB level 5/,
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
  ])('says what is wrong with %s', (_title, spoil, message) => {
    expect(() => readStructures(spoil(Buffer.from(file)), 'synsets')).toThrow(message);
  });

  it('says that there is no such array', () => {
    expect(() => readStructures(file, 'classes')).toThrow(/no array of structures called classes/);
  });
});
