import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import { checkDataset } from '../../../src/data/check.ts';
import { openDataset } from '../../../src/data/open.ts';
import { PREAMBLE_BYTES } from '../../../src/data/pack/format.ts';
import { partialFile } from '../../../src/data/pack/writer.ts';
import { openPack, readPackIndex } from '../../../src/data/pack/pack.ts';
import { large, packInto, small } from '../packs.ts';
import { imageBytes, temporaryFolder, writeFileIn } from '../images.ts';

async function evaluationBytes(source: string, path: string): Promise<string> {
  const images = await openDataset(
    dataSchema.parse({ source, path, input: 12 }),
    augmentationSchema.parse({ evaluationShorterSide: 16 }),
    { workers: 1, prefetchBatches: 1 },
  );
  try {
    const batch = (await images.evaluation({ batch: 4 }).next())!;
    return Buffer.from(batch.images).toString('hex');
  } finally {
    await images.close();
  }
}

describe('a pack', () => {
  it('has the packed images in order, with classes, sizes and versions', async () => {
    const file = join(temporaryFolder(), 'small.pack');
    const header = await packInto(file, await small());
    const index = readPackIndex(file);
    expect(index.header).toEqual(header);
    expect(header).toMatchObject({ train: 43, validation: 4, side: 12, classes: ['ape', 'bee'] });
    expect(index.names[40]).toBe('train/bee/000.jpg');
    expect([...index.labels]).toEqual([...Array<number>(40).fill(0), 1, 1, 1, 0, 0, 1, 1]);
    expect(Object.keys(header.decoders)).toContain('sharp');
    expect(existsSync(partialFile(file))).toBe(false);
    expect(existsSync(`${partialFile(file)}.journal`)).toBe(false);
  });

  it('is written where a link leads, and not into a FIFO', async () => {
    const folder = temporaryFolder();
    symlinkSync('real.pack', join(folder, 'link.pack'));
    await packInto(join(folder, 'link.pack'), await small());
    expect(readdirSync(folder).sort()).toEqual(['link.pack', 'real.pack']);
    expect(lstatSync(join(folder, 'link.pack')).isSymbolicLink()).toBe(true);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(packInto(pipe, await small())).rejects.toThrow(`${pipe} is a FIFO, expected a regular file`);
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

  it('gives the same images from memory and from the file', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small());
    expect(openPack(file).train.store.kind).toBe('memory');
    expect(openPack(file, 1000).train.store.kind).toBe('records');
    const check = async (limit: number): Promise<unknown> => {
      const report = await checkDataset(openPack(file, limit), {
        workers: 1,
        progress: () => undefined,
      });
      return { mean: report.mean, deviation: report.standardDeviation, images: report.images };
    };
    expect(await check(1000)).toEqual(await check(1e9));
  });

  it('resumes after an interruption with the same result', async () => {
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
    // The interruption at the 40th image lost this image.
    expect(seen[0]).toBe(40);
    expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
  });

  it('starts again if an image has other contents of the same size', async () => {
    const folder = temporaryFolder();
    const write = (path: string, value: number): unknown =>
      writeFileIn(folder, `${path}.ppm`, Buffer.concat([Buffer.from('P6 9 9 255\n'), Buffer.alloc(3 * 81, value)]));
    for (const path of ['train/a/0', 'train/a/1', 'val/a/0']) write(path, 9);
    const [file, fresh] = [join(temporaryFolder(), 'x.pack'), join(temporaryFolder(), 'fresh.pack')];
    const interrupted = packInto(file, folder, {
      progress: (done) => {
        if (done === 2) throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    write('train/a/0', 200);
    await packInto(file, folder);
    await packInto(fresh, folder);
    expect(readFileSync(file).equals(readFileSync(fresh))).toBe(true);
  });

  it('keeps the name of every image even if some take longer to decode', async () => {
    const folder = temporaryFolder();
    const width = (i: number): number => 10 + (i % 50);
    for (let i = 0; i < 100; i++) {
      // libvips decodes PNGs in its own threads, while JPEGs are decoded at once.
      const format = i % 7 === 0 ? 'png' : 'jpeg';
      writeFileIn(folder, `train/a/${String(i).padStart(3, '0')}.${format}`, await imageBytes(width(i), 9, i, format));
    }
    writeFileIn(folder, 'val/a/1.png', await imageBytes(9, 9, 1, 'png'));
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, folder, { resize: 'none', size: null });
    const { widths, names } = readPackIndex(file);
    expect(names.slice(0, 100).map((name) => Number(/(\d+)\./.exec(name)![1]))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect([...widths.subarray(0, 100)]).toEqual(Array.from({ length: 100 }, (_, i) => width(i)));
  });

  it('starts again if the images or the options have changed', async () => {
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
});
