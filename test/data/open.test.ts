import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../src/data/augment/schema.ts';
import { dataSchema } from '../../src/config/data.ts';
import type { Dataset } from '../../src/data/batch.ts';
import { hashDataset } from '../../src/data/dataset.ts';
import { openDataset } from '../../src/data/open.ts';
import { openFolder } from '../../src/data/sources/folder.ts';
import { imageFolder, writeFileIn } from './images.ts';

const options = { workers: 1, prefetchBatches: 2 };
const open = (data: object, augmentation: object = {}): Promise<Dataset> =>
  openDataset(
    dataSchema.parse({ source: 'synthetic', input: 8, ...data }),
    augmentationSchema.parse(augmentation),
    options,
  );

describe('openDataset with synthetic images', () => {
  it('describes the dataset', async () => {
    const images = await open({ classes: 3, trainExamples: 12, validationExamples: 6 });
    expect(images.description).toMatchObject({
      source: 'synthetic',
      trainExamples: 12,
      validationExamples: 6,
      classes: ['class0000', 'class0001', 'class0002'],
      skipped: [],
    });
    expect(images.side).toBe(8);
    await images.close();
  });

  it('gives every example once per epoch, and in another order in the next', async () => {
    const images = await open({ classes: 4, trainExamples: 20 });
    const stream = images.training({ seed: 1, batch: 5, from: 0 });
    const epochs = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      const seen: string[] = [];
      for (let i = 0; i < 4; i++) {
        const batch = (await stream.next())!;
        for (let row = 0; row < 5; row++) {
          seen.push(Buffer.from(batch.images.subarray(row * 192, (row + 1) * 192)).toString('hex'));
        }
        batch.release();
      }
      expect(new Set(seen).size).toBe(20);
      epochs.push(seen);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect([...epochs[0]!].sort()).toEqual([...epochs[1]!].sort());
  });

  it('gives the same bytes from any position', async () => {
    const images = await open({ classes: 4, trainExamples: 22 }, { crop: { name: 'paddedCrop', padding: 2 } });
    const from0 = images.training({ seed: 9, batch: 5, from: 0 });
    for (let i = 0; i < 5; i++) (await from0.next())!.release();
    const from25 = images.training({ seed: 9, batch: 5, from: 25 });
    const a = (await from0.next())!;
    const b = (await from25.next())!;
    expect({ ...b, release: undefined }).toEqual({ ...a, release: undefined });
    expect([...a.tops].every((top) => top >= 0 && top <= 4)).toBe(true);
  });

  it('shows every validation image once and pads the last batch', async () => {
    const images = await open({ classes: 3, trainExamples: 3, validationExamples: 7 });
    const stream = images.evaluation({ batch: 3 });
    const counts = [];
    const labels = [];
    for (let batch = await stream.next(); batch; batch = await stream.next()) {
      counts.push(batch.count);
      labels.push(...batch.labels.subarray(0, batch.count));
      batch.release();
    }
    expect(counts).toEqual([3, 3, 1]);
    expect(labels).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });
});

describe('openDataset', () => {
  const folderConfig = (path: string, more: object = {}): object => ({
    source: 'folder',
    path,
    ...more,
  });

  it('skips bad images on request and lists them', async () => {
    const folder = await imageFolder({ a: { train: 4, val: 2 }, b: { train: 3, val: 1 } });
    const empty = writeFileIn(folder, 'train/a/001.jpg', '');
    const text = writeFileIn(folder, 'val/a/000.jpg', 'text');
    const withBadImages = hashDataset(openFolder(folder));
    const images = await open(folderConfig(folder, { onBadPicture: 'skip' }));
    const { description } = images;
    expect([description.trainExamples, description.validationExamples]).toEqual([6, 2]);
    expect(description.skipped.map(({ path }) => path)).toEqual([empty, text]);
    expect(description.sha256).not.toBe(withBadImages);
    const stream = images.evaluation({ batch: 4 });
    expect((await stream.next())!.count).toBe(2);
    await images.close();
  });

  it('describes in words which part is used', async () => {
    const folder = await imageFolder({ a: { train: 4, val: 2 }, b: { train: 1, val: 2 } });
    const images = await open(folderConfig(folder, { trainExamples: 3, validationExamples: 2, partSeed: 5 }));
    expect(images.description).toMatchObject({
      trainExamples: 3,
      validationExamples: 2,
      part: '3 of 5 train images, 2 of 4 validation images: the same number per class if it has that many, part seed 5',
    });
    await images.close();
  });

  it('refuses a dataset with one class', async () => {
    const folder = await imageFolder({ a: { train: 2, val: 1 } });
    await expect(open(folderConfig(folder))).rejects.toThrow(
      expect.objectContaining({
        exitCode: 65,
        message: expect.stringContaining(`${folder} has only one class, a: training needs at least two`) as string,
      }),
    );
  });

  it('crops the same window of a resized image from memory and in threads', async () => {
    const sizes = { classes: 2, trainExamples: 8 };
    const augmentation = { crop: { name: 'randomCrop', shorterSide: 12 } };
    const graph = await open(sizes, augmentation);
    // Lighting that is too weak to change a byte forces the same images through the threads.
    const threads = await open(sizes, { ...augmentation, lighting: 1e-9 });
    expect([graph.side, threads.side]).toEqual([12, 8]);
    const a = (await graph.training({ seed: 2, batch: 8, from: 0 }).next())!;
    const b = (await threads.training({ seed: 2, batch: 8, from: 0 }).next())!;
    expect([...b.flips]).toEqual([...a.flips]);
    for (let row = 0; row < 8; row++) {
      for (let y = 0; y < 8; y++) {
        const from = 3 * (row * 144 + (a.tops[row]! + y) * 12 + a.lefts[row]!);
        const to = 3 * (row * 64 + y * 8);
        expect(b.images.subarray(to, to + 24)).toEqual(a.images.subarray(from, from + 24));
      }
    }
    await threads.close();
  });
});
