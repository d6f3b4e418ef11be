import { appendFileSync, existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import { checkDataset } from '../../../src/data/check.ts';
import { openDataset } from '../../../src/data/open.ts';
import { PREAMBLE_BYTES } from '../../../src/data/pack/format.ts';
import { partialFile } from '../../../src/data/pack/writer.ts';
import { openPack } from '../../../src/data/pack/pack.ts';
import { large, packInto, small } from '../packs.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

describe('packing', () => {
  it('stops with one line at a bad image among many, and ends its threads', async () => {
    const folder = await large();
    for (const i of ['020', '021', '060']) writeFileIn(folder, `train/ape/${i}.jpg`, 'text');
    const packing = packInto(join(temporaryFolder(), 'x.pack'), folder);
    await expect(packing).rejects.toThrow(/train\/ape\/020.jpg is text, not an image/);
  });

  it.each([
    { width: 1, height: 30_000, resize: 'shorter', size: 64, becomes: '64 x 1920000' },
    { width: 5_000_000, height: 1, resize: 'box', size: 224, becomes: '224 x 224' },
  ] as const)(
    'refuses an image of $width x $height pixels, too long and narrow for $resize',
    async ({ width, height, resize, size, becomes }) => {
      const folder = await small();
      const strip = sharp({ create: { width, height, channels: 3, background: 'red' } });
      writeFileIn(folder, 'train/bee/001.jpg', await strip.png().toBuffer());
      const packing = packInto(join(temporaryFolder(), 'x.pack'), folder, { resize, size });
      await expect(packing).rejects.toMatchObject({
        exitCode: 65,
        message: expect.stringMatching(
          `bee/001.jpg is too long and narrow: ${width} x ${height} pixels would become ${becomes}; crop or remove it$`,
        ) as string,
      });
    },
  );

  it('stops at a bad image with its path, and leaves no pack', async () => {
    const folder = await small();
    const bad = writeFileIn(folder, 'train/bee/001.jpg', 'text');
    const file = join(temporaryFolder(), 'x.pack');
    await expect(packInto(file, folder)).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining(bad) as string,
    });
    expect(existsSync(file)).toBe(false);
  });

  it('skips bad images on request and lists them', async () => {
    const folder = await small();
    writeFileIn(folder, 'train/ape/001.jpg', '');
    const file = join(temporaryFolder(), 'x.pack');
    const header = await packInto(file, folder, { onBadPicture: 'skip' });
    expect(header.train).toBe(42);
    expect(header.skipped).toEqual([
      { path: 'train/ape/001.jpg', reason: expect.stringMatching(/is empty/) as string },
    ]);
    expect(openPack(file).skipped).toEqual(header.skipped);
  });

  it('reports a full disk in one line', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    symlinkSync('/dev/full', partialFile(file));
    await expect(packInto(file, await small())).rejects.toMatchObject({
      exitCode: 74,
      message: expect.stringMatching(/^cannot write \S+x\.pack: the disk is full/) as string,
    });
    expect(existsSync(file)).toBe(false);
  });

  it('is refused if every image of a split is bad, and so is training', async () => {
    const folder = await small();
    for (const path of ['ape/000', 'ape/001', 'bee/000', 'bee/001']) writeFileIn(folder, `val/${path}.jpg`, '');
    const noneLeft =
      /has no validation images left: 4 bad images were skipped, the first because \S+val\/ape\/000.jpg is empty/;
    const refused = { exitCode: 65, message: expect.stringMatching(noneLeft) as string };
    const file = join(temporaryFolder(), 'x.pack');
    await expect(packInto(file, folder, { onBadPicture: 'skip' })).rejects.toMatchObject(refused);
    expect(existsSync(file)).toBe(false);
    const opening = openDataset(
      dataSchema.parse({ source: 'folder', path: folder, input: 8, onBadPicture: 'skip' }),
      augmentationSchema.parse({}),
      { workers: 1, prefetchBatches: 1 },
    );
    await expect(opening).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringMatching(
        /has no validation images of the class ape left: all 2 are bad \(and all images of 1 more class\), such as \S*val\/ape\/000.jpg, because \S+val\/ape\/000.jpg is empty/,
      ) as string,
    });
  });

  it.each([
    ['a line that is not JSON', 'garbage\n'],
    ['an incomplete line', '{"name":"train/ape/000.jpg","label":0}\n'],
    ['zeros, as after a power failure', `${'\0'.repeat(100)}\n`],
  ])('starts again if its journal has %s', async (_title, damage) => {
    const folder = await small();
    const file = join(temporaryFolder(), 'x.pack');
    const stop = (done: number): void => {
      if (done === 20) throw new Error('interrupted');
    };
    await expect(packInto(file, folder, { progress: stop })).rejects.toThrow('interrupted');
    appendFileSync(`${partialFile(file)}.journal`, damage);
    const done: number[] = [];
    const header = await packInto(file, folder, { progress: (count) => done.push(count) });
    expect([header.train, done[0]]).toEqual([43, 1]);
    expect(openPack(file).train.indices.length).toBe(43);
  });

  it('never overwrites a pack', async () => {
    const file = writeFileIn(temporaryFolder(), 'x.pack', 'old');
    await expect(packInto(file, await small())).rejects.toThrow(/already exists: remove it or choose another name/);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });
});

describe('a damaged pack', () => {
  it.each<[string, (bytes: Buffer, file: string) => void, RegExp]>([
    [
      'a file that is not a pack',
      (_bytes, file) => {
        writeFileSync(file, 'hello');
      },
      /is not a doubletime pack: expected a file that `doubletime data pack` wrote/,
    ],
    [
      'a tar archive',
      (_bytes, file) => {
        writeFileSync(file, `${'train/a/1.png'.padEnd(257, '\0')}ustar`);
      },
      /is not a doubletime pack, but a tar archive: unpack it, and use the folder with the images/,
    ],
    [
      'a pack of another version',
      (bytes, file) => {
        bytes.writeUInt32LE(99, 16);
        writeFileSync(file, bytes);
      },
      /is a pack of version 99/,
    ],
    [
      'a truncated pack',
      (bytes, file) => {
        truncateSync(file, bytes.length - 100);
      },
      /is truncated/,
    ],
    [
      'a flipped bit in an image',
      (bytes, file) => {
        bytes[PREAMBLE_BYTES + 500]! ^= 4;
        writeFileSync(file, bytes);
      },
      /record 1 \(train\/ape\/001.jpg\) have changed/,
    ],
    [
      'a flipped bit in the index',
      (bytes, file) => {
        bytes[bytes.length - 5]! ^= 4;
        writeFileSync(file, bytes);
      },
      /its index has changed/,
    ],
  ])('is refused in one line with its name: %s', async (_title, spoil, message) => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small());
    spoil(readFileSync(file), file);
    expect(() => openPack(file)).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
    expect(() => openPack(file)).toThrow(file);
  });

  it('is also detected if records are read one by one', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small(), { resize: 'shorter' });
    const bytes = readFileSync(file);
    bytes[PREAMBLE_BYTES + 10]! ^= 1;
    writeFileSync(file, bytes);
    const report = await checkDataset(openPack(file), { workers: 1, progress: () => undefined });
    expect(report.bad.map(({ reason }) => reason)).toEqual([
      `record 0 (train/ape/000.jpg) of ${file} is damaged: its bytes have changed since it was packed; pack the images again`,
    ]);
  });
});
