import { describe, expect, it, onTestFinished } from 'vitest';
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import type { EvaluationBatch, Dataset, TrainingBatch } from '../../../src/data/batch.ts';
import { openDataset } from '../../../src/data/open.ts';
import { imageFolder, imageBytes, writeFileIn } from '../images.ts';

const CROP = {
  crop: { name: 'randomResizedCrop' },
  colorJitter: {},
  lighting: 0.1,
  automatic: { name: 'randAugment' },
};

interface OpenOptions {
  workers?: number;
  prefetchBatches?: number;
  augmentation?: object;
}

async function open(
  path: string,
  { workers = 2, prefetchBatches = 2, augmentation = CROP }: OpenOptions = {},
): Promise<Dataset> {
  const images = await openDataset(
    dataSchema.parse({ source: 'folder', path, input: 16 }),
    augmentationSchema.parse(augmentation),
    { workers, prefetchBatches },
  );
  onTestFinished(() => images.close());
  return images;
}

/** A copy of a batch from shared memory. */
const copyBatch = ({ images, labels, tops, lefts, flips }: TrainingBatch): unknown => ({
  images: Buffer.from(images).toString('hex'),
  numbers: [labels, tops, lefts, flips].map((values) => [...values]),
});

async function takeBatches(images: Dataset, from: number, batches: number, batch = 4): Promise<unknown[]> {
  const stream = images.training({ seed: 3, batch, from });
  const copies = [];
  for (let i = 0; i < batches; i++) {
    const got = (await stream.next())!;
    copies.push(copyBatch(got));
    got.release();
  }
  await stream.close();
  return copies;
}

const unevenClasses = (): Promise<string> =>
  imageFolder({ ape: { train: 7, val: 3 }, bee: { train: 4, val: 1 }, cat: { train: 2, val: 3 } });

describe('a stream of decoded batches', () => {
  it('gives the same bytes for any number of threads and from any position', async () => {
    const folder = await unevenClasses();
    const one = await takeBatches(await open(folder, { workers: 1 }), 0, 8);
    const three = await takeBatches(await open(folder, { workers: 3, prefetchBatches: 1 }), 0, 8);
    const fromTheMiddle = await takeBatches(await open(folder), 12, 5);
    expect(three).toEqual(one);
    expect(fromTheMiddle).toEqual(one.slice(3));
    expect(new Set(one.map((copy) => JSON.stringify(copy))).size).toBe(8);
  });

  it('leaves padding and crop to the graph if no colours change', async () => {
    const folder = await unevenClasses();
    const images = await open(folder, {
      augmentation: { crop: { name: 'paddedCrop', padding: 3 } },
    });
    expect({ side: images.side, padding: images.padding }).toEqual({ side: 16, padding: 3 });
    const batch = (await images.training({ seed: 1, batch: 64, from: 0 }).next())!;
    expect(Math.max(...batch.tops, ...batch.lefts)).toBe(6);
    expect(Math.min(...batch.tops, ...batch.lefts)).toBe(0);
    expect(new Set(batch.flips)).toEqual(new Set([0, 1]));
  });

  it('fills exactly prefetchBatches batches ahead while the main thread is busy', async () => {
    const images = await open(await unevenClasses(), { prefetchBatches: 3 });
    const stream = images.training({ seed: 1, batch: 4, from: 0 });
    const first = (await stream.next())!;
    const before = copyBatch(first);
    // The event loop does not run. Nevertheless, the other three slots of the shared memory get images.
    const slots = new Uint8Array(first.images.buffer);
    const rows = Array.from({ length: 16 }, (_, row) => slots.subarray(row * 768, (row + 1) * 768));
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const isFilled = (): boolean => rows.every((row) => row.some((value) => value !== 0));
    for (let i = 0; i < 6000 && !isFilled(); i++) Atomics.wait(clock, 0, 0, 20);
    expect(isFilled()).toBe(true);
    // Time in which a wrong thread would overwrite the batch that is in use.
    Atomics.wait(clock, 0, 0, 100);
    expect(copyBatch(first)).toEqual(before);
  });

  it('shows every validation image once and in order, in each evaluation', async () => {
    const images = await open(await unevenClasses());
    for (let round = 0; round < 3; round++) {
      const stream = images.evaluation({ batch: 3 });
      const counts: number[] = [];
      const labels: number[] = [];
      for (let batch: EvaluationBatch | undefined; (batch = await stream.next());) {
        counts.push(batch.count);
        labels.push(...batch.labels.subarray(0, batch.count));
        expect(batch.images.subarray(batch.count * 768).every((value) => value === 0)).toBe(true);
        batch.release();
      }
      expect(counts).toEqual([3, 3, 1]);
      expect(labels).toEqual([0, 0, 0, 1, 2, 2, 2]);
    }
  });

  it('evaluates while a training stream is open', async () => {
    const images = await open(await unevenClasses());
    const training = images.training({ seed: 1, batch: 4, from: 0 });
    (await training.next())!.release();
    const evaluation = images.evaluation({ batch: 7 });
    expect((await evaluation.next())!.count).toBe(7);
    expect(await training.next()).toBeDefined();
  });

  it.each<[string, (good: Buffer) => Uint8Array | string, RegExp]>([
    ['an empty file', () => '', /is empty \(0 bytes\)/],
    ['a truncated JPEG', (good) => good.subarray(0, good.length / 2), /cannot be decoded/],
    ['a text file', () => 'not an image at all\n', /is text, not an image/],
  ])('stops at %s with its path and exit code 65', async (_title, spoil, reason) => {
    const folder = await unevenClasses();
    const file = writeFileIn(folder, 'train/bee/002.jpg', spoil(await imageBytes(30, 30, 1)));
    const error: unknown = await open(folder)
      .then((images) => takeBatches(images, 0, 4))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exitCode: 65 });
    expect((error as Error).message).toContain(file);
    expect((error as Error).message).toMatch(reason);
  });

  it('refuses to read after it is closed', async () => {
    const images = await open(await unevenClasses());
    const stream = images.training({ seed: 1, batch: 4, from: 0 });
    await stream.close();
    await expect(stream.next()).rejects.toThrow(/closed/);
  });
});
