import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { openFolder } from '../../src/data/sources/folder.ts';
import { imageBytes, temporaryFolder, writeFileIn } from './images.ts';

describe('checkDataset', () => {
  it('finds bad images, duplicates, overlaps, balance and statistics', async () => {
    const folder = temporaryFolder();
    const [one, two, three] = await Promise.all([1, 2, 3].map((seed) => imageBytes(20, 16, seed, 'png')));
    writeFileIn(folder, 'train/a/1.png', one!);
    writeFileIn(folder, 'train/a/2.png', two!);
    writeFileIn(folder, 'train/b/3.png', one!);
    writeFileIn(folder, 'train/b/4.png', three!.subarray(0, 40));
    writeFileIn(folder, 'val/b/5.png', two!);
    const report = await checkDataset(openFolder(folder), {
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

  it('computes mean and deviation over all pixels, so larger images count more', async () => {
    const { default: sharp } = await import('sharp');
    const folder = temporaryFolder();
    const plain = (width: number, value: number): Promise<Buffer> =>
      sharp({ create: { width, height: 10, channels: 3, background: { r: value, g: 0, b: 255 } } })
        .png()
        .toBuffer();
    writeFileIn(folder, 'train/a/1.png', await plain(10, 51));
    writeFileIn(folder, 'train/a/2.png', await plain(30, 255));
    writeFileIn(folder, 'val/a/3.png', await plain(30, 0));
    const { mean, standardDeviation } = await checkDataset(openFolder(folder), {
      workers: 1,
      progress: () => undefined,
    });
    // Red is 0.2 in a quarter of the pixels and 1 in the others.
    const red = 0.25 * 0.2 + 0.75;
    const deviation = Math.sqrt(0.25 * (0.2 - red) ** 2 + 0.75 * (1 - red) ** 2);
    [red, 0, 1].forEach((value, i) => {
      expect(mean![i]).toBeCloseTo(value, 10);
    });
    [deviation, 0, 0].forEach((value, i) => {
      expect(standardDeviation![i]).toBeCloseTo(value, 10);
    });
  });

  it('has no mean if no training image is valid', async () => {
    const folder = temporaryFolder();
    writeFileIn(folder, 'train/a/1.png', Buffer.from('no image'));
    writeFileIn(folder, 'val/a/2.png', await imageBytes(20, 16, 1, 'png'));
    const report = await checkDataset(openFolder(folder), { workers: 1, progress: () => undefined });
    expect(report).toMatchObject({ mean: null, standardDeviation: null, sides: { smallest: 16, largest: 20 } });
  });
});
