import { join } from 'node:path';
import { expect, it } from 'vitest';
import { augmentationSchema } from '../../src/data/augment/schema.ts';
import { dataSchema } from '../../src/config/data.ts';
import type { Dataset } from '../../src/data/batch.ts';
import { openDataset } from '../../src/data/open.ts';
import type { DataStage } from '../../src/data/request.ts';
import { runSchema } from '../../src/config/run.ts';
import { planRun } from '../../src/train/plan.ts';
import { trainingStream } from '../../src/train/staged-stream.ts';
import { temporaryFolder } from './images.ts';
import { packInto, small } from './packs.ts';

const options = { workers: 2, prefetchBatches: 2 };
const BATCH = 6;
const FULL = 12;

const open = (data: object, augmentation: object, stages: readonly DataStage[] = []): Promise<Dataset> =>
  openDataset(dataSchema.parse({ input: FULL, ...data }), augmentationSchema.parse(augmentation), options, stages);

const sources = {
  'an image folder': (folder: string) => Promise.resolve({ source: 'folder', path: folder }),
  'a raw pack': async (folder: string) => {
    const file = join(temporaryFolder(), 'raw.pack');
    await packInto(file, folder);
    return { source: 'pack', path: file };
  },
  'a pack of JPEG files': async (folder: string) => {
    const file = join(temporaryFolder(), 'jpeg.pack');
    await packInto(file, folder, { store: 'jpeg', resize: 'none', size: null });
    return { source: 'pack', path: file };
  },
  'generated images': () => Promise.resolve({ source: 'synthetic', classes: 2, trainExamples: 43 }),
} as const;

it.each(Object.entries(sources))(
  'each stage of %s has images of its size, and one stream continues through all stages',
  async (_, make) => {
    const folder = await small();
    const data = await make(folder);
    const augmentation = { crop: { name: 'paddedCrop', padding: 1 } };
    const progressiveResizing = [{ size: 6 }, { size: 12, fromEpoch: 0.4, padding: 2 }, { size: 9, fromEpoch: 0.8 }];
    const config = runSchema.parse({
      network: { name: 'resnet18' },
      data: { input: FULL, ...data },
      recipe: { batch: BATCH, epochs: 1, learningRate: 0.1, augmentation, progressiveResizing },
    });
    const sizes = [6, 12, 9];
    const stages = sizes.map((input, i) => ({
      input,
      augmentation: augmentationSchema.parse({ crop: { name: 'paddedCrop', padding: i === 1 ? 2 : 1 } }),
    }));
    const images = await open(data, augmentation, stages);
    expect(images.stages!.map(({ padding }) => padding)).toEqual([1, 2, 1]);
    // 43 images: the stages begin at the steps 3 and 6.
    const plan = planRun(config, images.description.trainExamples);
    const seen: number[] = [];
    const stream = trainingStream(images, plan, 1, ({ step }) => seen.push(step));
    for (let step = 1; step < 8; step++) {
      const index = step < 3 ? 0 : step < 6 ? 1 : 2;
      const alone = await open(
        { ...data, input: sizes[index] },
        { ...augmentation, crop: stages[index]!.augmentation.crop },
      );
      // Generated images are made at the size of the data.
      if (data.source !== 'synthetic') {
        const other = alone.training({ seed: 0, batch: BATCH, from: step * BATCH });
        const [a, b] = [(await stream.next())!, (await other.next())!];
        expect({ ...a, release: 0 }).toEqual({ ...b, release: 0 });
        b.release();
        a.release();
        await other.close();
      } else {
        const batch = (await stream.next())!;
        expect(batch.images.length).toBe(BATCH * 3 * sizes[index]! ** 2);
        batch.release();
      }
      await alone.close();
    }
    expect(seen).toEqual([1, 3, 6]);
    await stream.close();
    await images.close();
  },
);

it('the first images are those of the source in its order, prepared as in an evaluation at the input size', async () => {
  const folder = await small();
  const images = await open({ source: 'folder', path: folder }, { evaluationInput: 16, evaluationShorterSide: 18 });
  const plain = await open({ source: 'folder', path: folder }, {});
  const first = await images.first(5);
  expect(first).toMatchObject({ count: 5, side: FULL });
  expect(first).toEqual(await plain.first(5));
  expect((await images.first(1000)).count).toBe(43);
  await images.close();
  await plain.close();
});
