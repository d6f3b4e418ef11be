import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeDigest } from '../../../src/data/digest.ts';
import { decodePreamble, encodeIndex, encodePreamble, PREAMBLE_BYTES } from '../../../src/data/pack/format.ts';
import type { PackIndex } from '../../../src/data/pack/format.ts';
import { openPack, readPackIndex } from '../../../src/data/pack/pack.ts';
import { doubletime } from '../../support/cli.ts';
import { packInto, small } from '../packs.ts';
import { temporaryFolder } from '../images.ts';

const SIDE = 4;
const RECORD = 3 * SIDE ** 2;

/** A pack with a changed index and correct digests, as a program with a bug may write it. */
async function packWith(change: (index: PackIndex) => PackIndex): Promise<string> {
  const file = join(temporaryFolder(), 'x.pack');
  await packInto(file, await small(), { size: SIDE });
  const bytes = readFileSync(file);
  const { indexOffset } = decodePreamble(file, bytes.subarray(0, PREAMBLE_BYTES), bytes.length);
  const index = encodeIndex(change(readPackIndex(file)));
  const preamble = encodePreamble({
    indexOffset,
    indexLength: index.length,
    fileLength: indexOffset + index.length,
    indexDigest: computeDigest(index),
  });
  const records = bytes.subarray(PREAMBLE_BYTES, indexOffset);
  writeFileSync(file, Buffer.concat([preamble, records, index]));
  return file;
}

type Column = 'offsets' | 'lengths' | 'widths' | 'heights' | 'labels';

/** Record 1 with another number in a column. */
const changed =
  (column: Column, value: number) =>
  (index: PackIndex): PackIndex => {
    const values = index[column].slice();
    values[1] = value;
    return { ...index, [column]: values };
  };

/** Record 1 of a size that its length fits. */
const withSize = (width: number, height: number) => (index: PackIndex) =>
  changed('lengths', 3 * width * height)(changed('widths', width)(changed('heights', height)(index)));

const withHeader =
  (header: Partial<PackIndex['header']>) =>
  (index: PackIndex): PackIndex => ({ ...index, header: { ...index.header, ...header } });

const inUnequalSizes = (change: (index: PackIndex) => PackIndex) => (index: PackIndex) =>
  withHeader({ side: null })(change(index));

describe('a pack with invalid numbers and correct digests is refused when it is opened', () => {
  it.each<[string, (index: PackIndex) => PackIndex, RegExp]>([
    ['a label without a class', changed('labels', 2), /record 1 has the label 2, expected 0 to 1;/],
    ['a negative label', changed('labels', -1), /record 1 has the label -1, expected 0 to 1;/],
    ['an overlapping record', changed('offsets', PREAMBLE_BYTES), /offset 64, expected 112/],
    ['an offset after the end', changed('offsets', 1e15), /offset 1000000000000000, expected/],
    ['a negative offset', changed('offsets', -5), /offset -5, expected 112/],
    ['an offset that is an invalid number', changed('offsets', NaN), /offset NaN, expected 112/],
    ['a length of 4 GB', changed('lengths', 2 ** 32 - 1), /length 4294967295, expected 48/],
    ['a length of 0', changed('lengths', 0), /length 0, expected at least 1 byte/],
    ['a width of 0', inUnequalSizes(changed('widths', 0)), /width 0, expected at least 1 pixel/],
    ['another width than its side', changed('widths', 5), /width 5, expected 4 as in the header/],
    [
      'a size of too many pixels',
      inUnequalSizes(withSize(2 ** 16, 2 ** 16 - 1)),
      /number of pixels 4294901760, expected at most 89478485/,
    ],
    ['a class twice', withHeader({ classes: ['ape', 'ape'] }), /names the class "ape" twice/],
    ['a class without a name', withHeader({ classes: ['ape', ''] }), /classes has no name/],
    ['one title too many', withHeader({ titles: ['a', 'b', 'c'] }), /3 titles for 2 classes/],
    ['more images than records', withHeader({ train: 1e9 }), /too short for 1000000004 images/],
    ['one name too few', (index) => ({ ...index, names: index.names.slice(1) }), /46 names for 47/],
    ['a side for image files', withHeader({ store: 'jpeg' }), /gives a side/],
  ])('%s', async (_title, change, message) => {
    const file = await packWith(change);
    const refused = expect.objectContaining({
      exitCode: 65,
      message: expect.stringMatching(message) as string,
    }) as unknown;
    expect(() => openPack(file)).toThrow(refused);
    expect(() => readPackIndex(file)).toThrow(refused);
  });

  it('by data info and data check too, in one line', async () => {
    const file = await packWith(changed('labels', 7));
    for (const command of ['info', 'check']) {
      expect(doubletime(['data', command, file])).toMatchObject({
        status: 65,
        stderr: `doubletime: ${file} is invalid, although its digests match: its record 1 has the label 7, expected 0 to 1; pack the images again\n`,
      });
    }
  });

  it('if there is a gap after its last record', async () => {
    const file = await packWith((index) => ({
      ...index,
      header: { ...index.header, validation: index.header.validation - 1 },
      ...Object.fromEntries(
        (['offsets', 'lengths', 'widths', 'heights', 'labels'] as const).map((column) => [
          column,
          index[column].slice(0, -1),
        ]),
      ),
      digests: index.digests.slice(0, -16),
      names: index.names.slice(0, -1),
    }));
    const end = PREAMBLE_BYTES + 46 * RECORD;
    expect(() => openPack(file)).toThrow(`its records end at byte ${end}, its index begins at byte ${end + RECORD}`);
  });

  it('if all training images of a class were skipped', async () => {
    const skipped = [{ path: 'train/bee/000.jpg', reason: 'train/bee/000.jpg is empty' }];
    const file = await packWith((index) => withHeader({ skipped })({ ...index, labels: index.labels.map(() => 0) }));
    expect(() => openPack(file)).toThrow(/has no training images of the class bee: all were bad and were skipped/);
  });
});
