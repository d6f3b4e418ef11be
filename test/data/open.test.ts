import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../src/config/augmentation.ts';
import { dataSchema } from '../../src/config/data.ts';
import type { Pictures } from '../../src/data/batch.ts';
import { openPictures } from '../../src/data/open.ts';

const options = { workers: 1, prefetchBatches: 2 };
const open = (data: object, augmentation: object = {}): Promise<Pictures> =>
  openPictures(
    dataSchema.parse({ source: 'synthetic', input: 8, ...data }),
    augmentationSchema.parse(augmentation),
    options,
  );

describe('openPictures of synthetic pictures', () => {
  it('describes what it gives', async () => {
    const pictures = await open({ classes: 3, trainExamples: 12, validationExamples: 6 });
    expect(pictures.description).toMatchObject({
      source: 'synthetic',
      trainExamples: 12,
      validationExamples: 6,
      classes: ['class0000', 'class0001', 'class0002'],
      skipped: [],
    });
    expect(pictures.side).toBe(8);
    await pictures.close();
  });

  it('gives every example once an epoch, and another order in the next', async () => {
    const pictures = await open({ classes: 4, trainExamples: 20 });
    const stream = pictures.training({ seed: 1, batch: 5, from: 0 });
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
    const pictures = await open(
      { classes: 4, trainExamples: 22 },
      { crop: { name: 'paddedCrop', padding: 2 } },
    );
    const from0 = pictures.training({ seed: 9, batch: 5, from: 0 });
    for (let i = 0; i < 5; i++) (await from0.next())!.release();
    const from25 = pictures.training({ seed: 9, batch: 5, from: 25 });
    const a = (await from0.next())!;
    const b = (await from25.next())!;
    expect({ ...b, release: undefined }).toEqual({ ...a, release: undefined });
    expect([...a.tops].every((top) => top >= 0 && top <= 4)).toBe(true);
  });

  it('shows every validation picture once, the last batch padded', async () => {
    const pictures = await open({ classes: 3, trainExamples: 3, validationExamples: 7 });
    const stream = pictures.evaluation({ batch: 3 });
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
