import { existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../src/config/augmentation.ts';
import { dataSchema } from '../../src/config/data.ts';
import { checkDataSet } from '../../src/data/check.ts';
import { openFolder } from '../../src/data/folder.ts';
import { openPictures } from '../../src/data/open.ts';
import { buildPack } from '../../src/data/pack-build.ts';
import type { PackOptions } from '../../src/data/pack-build.ts';
import { PREAMBLE_BYTES } from '../../src/data/pack-format.ts';
import { openPack, readPackIndex } from '../../src/data/pack.ts';
import { partialName } from '../../src/data/pack-writer.ts';
import { imageFolder, pictureBytes, temporaryFolder, writeFileIn } from './pictures.ts';

const small = (): Promise<string> =>
  imageFolder({ ape: { train: 40, val: 2 }, bee: { train: 3, val: 2 } });

function packInto(
  file: string,
  source: string,
  options: Partial<PackOptions> = {},
): ReturnType<typeof buildPack> {
  return buildPack(openFolder(source), {
    file,
    store: 'raw',
    resize: 'box',
    size: 12,
    onBadPicture: 'stop',
    workers: 2,
    progress: () => undefined,
    ...options,
  });
}

/** Enough pictures for threads. */
const large = (): Promise<string> => imageFolder({ ape: { train: 90, val: 2 } });

async function evaluationBytes(source: string, path: string): Promise<string> {
  const pictures = await openPictures(
    dataSchema.parse({ source, path, input: 12 }),
    augmentationSchema.parse({ evaluationShorterSide: 16 }),
    { workers: 1, prefetchBatches: 1 },
  );
  try {
    const batch = (await pictures.evaluation({ batch: 4 }).next())!;
    return Buffer.from(batch.images).toString('hex');
  } finally {
    await pictures.close();
  }
}

describe('a pack', () => {
  it('holds what was packed, in order, with classes, sizes and versions', async () => {
    const file = join(temporaryFolder(), 'small.pack');
    const header = await packInto(file, await small());
    const index = readPackIndex(file);
    expect(index.header).toEqual(header);
    expect(header).toMatchObject({ train: 43, validation: 4, side: 12, classes: ['ape', 'bee'] });
    expect(index.names[40]).toBe('train/bee/000.jpg');
    expect([...index.labels]).toEqual([...Array<number>(40).fill(0), 1, 1, 1, 0, 0, 1, 1]);
    expect(Object.keys(header.decoders)).toContain('sharp');
    expect(existsSync(partialName(file))).toBe(false);
    expect(existsSync(`${partialName(file)}.journal`)).toBe(false);
  });

  it.each([
    ['the shorter side resized', { resize: 'shorter', size: 16 }],
    ['the original files', { store: 'jpeg', resize: 'none', size: null }],
  ] as const)('gives the same validation bytes as its folder: %s', async (_title, options) => {
    const folder = await small();
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, folder, options);
    expect(await evaluationBytes('pack', file)).toBe(await evaluationBytes('folder', folder));
  });

  it('shows the same pictures from memory and, too large for it, from the file', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small());
    expect(openPack(file).train.store.kind).toBe('memory');
    expect(openPack(file, 1000).train.store.kind).toBe('records');
    const check = async (limit: number): Promise<unknown> => {
      const report = await checkDataSet(openPack(file, limit), {
        workers: 1,
        progress: () => undefined,
      });
      return { mean: report.mean, deviation: report.standardDeviation, pictures: report.pictures };
    };
    expect(await check(1000)).toEqual(await check(1e9));
  });

  it('goes on after an interruption and comes out the same', async () => {
    const folder = await large();
    const whole = join(temporaryFolder(), 'whole.pack');
    await packInto(whole, folder);
    const file = join(temporaryFolder(), 'halves.pack');
    const interrupted = packInto(file, folder, {
      progress: (done) => {
        if (done === 40) throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(existsSync(file)).toBe(false);
    const seen: number[] = [];
    await packInto(file, folder, { progress: (done) => seen.push(done) });
    // It was interrupted while it counted the 40th, which was not kept.
    expect(seen[0]).toBe(40);
    expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
  });

  it('keeps every picture under its own name where some take longer to decode', async () => {
    const folder = temporaryFolder();
    const width = (i: number): number => 10 + (i % 50);
    for (let i = 0; i < 100; i++) {
      // libvips decodes PNGs on threads of its own while JPEGs are decoded at once.
      const format = i % 7 === 0 ? 'png' : 'jpeg';
      writeFileIn(
        folder,
        `train/a/${String(i).padStart(3, '0')}.${format}`,
        await pictureBytes(width(i), 9, i, format),
      );
    }
    writeFileIn(folder, 'val/a/1.png', await pictureBytes(9, 9, 1, 'png'));
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, folder, { resize: 'none', size: null });
    const { widths, names } = readPackIndex(file);
    expect(names.slice(0, 100).map((name) => Number(/(\d+)\./.exec(name)![1]))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect([...widths.subarray(0, 100)]).toEqual(Array.from({ length: 100 }, (_, i) => width(i)));
  });

  it('stops in one line at a bad picture among many, and ends its threads', async () => {
    const folder = await large();
    for (const i of ['020', '021', '060']) writeFileIn(folder, `train/ape/${i}.jpg`, 'text');
    const packing = packInto(join(temporaryFolder(), 'x.pack'), folder);
    await expect(packing).rejects.toThrow(/train\/ape\/020.jpg cannot be decoded/);
  });

  it('starts anew when the pictures or the options have changed', async () => {
    const folder = await small();
    const file = join(temporaryFolder(), 'x.pack');
    const stop = {
      progress: () => {
        throw new Error('interrupted');
      },
    };
    await expect(packInto(file, folder, stop)).rejects.toThrow('interrupted');
    const header = await packInto(file, folder, { size: 10 });
    expect(header.side).toBe(10);
    expect(readPackIndex(file).offsets[0]).toBe(PREAMBLE_BYTES);
  });

  it('stops at a bad picture with its path, and leaves nothing under its name', async () => {
    const folder = await small();
    const bad = writeFileIn(folder, 'train/bee/001.jpg', 'text');
    const file = join(temporaryFolder(), 'x.pack');
    await expect(packInto(file, folder)).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining(bad) as string,
    });
    expect(existsSync(file)).toBe(false);
  });

  it('leaves bad pictures out when told so, and says which', async () => {
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

  it.skipIf(process.platform !== 'linux')(
    'says in one line that the disk is full (needs /dev/full)',
    async () => {
      const file = join(temporaryFolder(), 'x.pack');
      symlinkSync('/dev/full', partialName(file));
      await expect(packInto(file, await small())).rejects.toMatchObject({
        exitCode: 65,
        message: expect.stringMatching(/^cannot write \S+x\.pack: the disk is full/) as string,
      });
      expect(existsSync(file)).toBe(false);
    },
  );

  it('is never overwritten', async () => {
    const file = writeFileIn(temporaryFolder(), 'x.pack', 'old');
    await expect(packInto(file, await small())).rejects.toThrow(/is already there/);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  it.each<[string, (bytes: Buffer, file: string) => void, RegExp]>([
    [
      'no pack at all',
      (_bytes, file) => {
        writeFileSync(file, 'hello');
      },
      /is not a doubletime pack/,
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
      'a flipped bit in a picture',
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
  ])('is refused in one line naming it: %s', async (_title, spoil, message) => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small());
    spoil(readFileSync(file), file);
    expect(() => openPack(file)).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
    expect(() => openPack(file)).toThrow(file);
  });

  it('notices a flipped bit also where records are read one by one', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small(), { resize: 'shorter' });
    const bytes = readFileSync(file);
    bytes[PREAMBLE_BYTES + 10]! ^= 1;
    writeFileSync(file, bytes);
    const report = await checkDataSet(openPack(file), { workers: 1, progress: () => undefined });
    expect(report.bad.map(({ reason }) => reason)).toEqual([
      `record 0 (train/ape/000.jpg) of ${file} is damaged: its bytes have changed since it was packed`,
    ]);
  });
});

describe('checkDataSet', () => {
  it('finds bad pictures, duplicates, overlaps, balance and statistics', async () => {
    const folder = temporaryFolder();
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map((seed) => pictureBytes(20, 16, seed, 'png')),
    );
    writeFileIn(folder, 'train/a/1.png', one!);
    writeFileIn(folder, 'train/a/2.png', two!);
    writeFileIn(folder, 'train/b/3.png', one!);
    writeFileIn(folder, 'train/b/4.png', three!.subarray(0, 40));
    writeFileIn(folder, 'val/b/5.png', two!);
    const report = await checkDataSet(openFolder(folder), {
      workers: 2,
      progress: () => undefined,
    });
    const paths = (groups: typeof report.duplicates): string[][] =>
      groups.map((group) => group.map(({ path }) => path.slice(folder.length + 1)));
    expect(report.bad.map(({ path }) => path)).toEqual([join(folder, 'train/b/4.png')]);
    expect(paths(report.duplicates)).toEqual([['train/a/1.png', 'train/b/3.png']]);
    expect(paths(report.overlaps)).toEqual([['train/a/2.png', 'val/b/5.png']]);
    expect(report.classes).toEqual([
      { class: 'a', train: 2, validation: 0 },
      { class: 'b', train: 1, validation: 1 },
    ]);
    expect(report.sides).toEqual({ smallest: 16, largest: 20 });
  });

  it('gives mean and deviation over all pixels, larger pictures counting more', async () => {
    const { default: sharp } = await import('sharp');
    const folder = temporaryFolder();
    const plain = (width: number, value: number): Promise<Buffer> =>
      sharp({ create: { width, height: 10, channels: 3, background: { r: value, g: 0, b: 255 } } })
        .png()
        .toBuffer();
    writeFileIn(folder, 'train/a/1.png', await plain(10, 51));
    writeFileIn(folder, 'train/a/2.png', await plain(30, 255));
    writeFileIn(folder, 'val/a/3.png', await plain(30, 0));
    const { mean, standardDeviation } = await checkDataSet(openFolder(folder), {
      workers: 1,
      progress: () => undefined,
    });
    // Red is 0.2 in a quarter of the pixels and 1 in the others.
    const red = 0.25 * 0.2 + 0.75;
    const deviation = Math.sqrt(0.25 * (0.2 - red) ** 2 + 0.75 * (1 - red) ** 2);
    [red, 0, 1].forEach((value, i) => {
      expect(mean[i]).toBeCloseTo(value, 10);
    });
    [deviation, 0, 0].forEach((value, i) => {
      expect(standardDeviation[i]).toBeCloseTo(value, 10);
    });
  });
});
