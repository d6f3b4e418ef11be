// The jobs of study_torch.py: the same images and settings as a run of doubletime.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runSchema, type RunConfig } from '../../src/config/run.ts';
import { openDataset } from '../../src/data/open.ts';
import { learningRateAt } from '../../src/train/schedule.ts';

interface Files {
  readonly images: string;
  readonly labels: string;
}

export interface TorchImages {
  readonly train: Files;
  readonly validation: Files;
  readonly classes: number;
}

/** Writes the images that a run uses to a folder, as uint8 in rows of RGB, and their labels as int32, for numpy. */
export async function writeTorchImages({ data, recipe }: RunConfig, folder: string): Promise<TorchImages> {
  const plain = runSchema.shape.recipe.parse({ ...recipe, augmentation: {} }).augmentation;
  const images = await openDataset(
    data,
    { ...plain, flip: false, crop: { name: 'none' } },
    { workers: 1, prefetchBatches: 2 },
  );
  const { classes, trainExamples, validationExamples } = images.description;
  const batch = 100;
  const write = async (split: string, total: number, stream: ReturnType<typeof images.evaluation>): Promise<Files> => {
    const parts: { images: Buffer[]; labels: Buffer[] } = { images: [], labels: [] };
    for (let left = total; left > 0; left -= batch) {
      const next = (await stream.next())!;
      const taken = Math.min(left, batch);
      const size = next.images.length / next.labels.length;
      parts.images.push(Buffer.from(next.images.slice(0, taken * size)));
      parts.labels.push(Buffer.from(next.labels.slice(0, taken).buffer));
      next.release();
    }
    await stream.close();
    const files = { images: resolve(folder, `${split}.images`), labels: resolve(folder, `${split}.labels`) };
    writeFileSync(files.images, Buffer.concat(parts.images));
    writeFileSync(files.labels, Buffer.concat(parts.labels));
    return files;
  };
  const shuffled = images.training({ seed: 0, batch, from: 0 }) as unknown as ReturnType<typeof images.evaluation>;
  const train = await write('train', trainExamples, shuffled);
  const validation = await write('validation', validationExamples, images.evaluation({ batch }));
  await images.close();
  return { train, validation, classes: classes.length };
}

/** What a job needs from the same run in doubletime, besides its config. */
export interface MeasuredRun {
  /** If missing, the number of PyTorch's parameters is not checked. */
  readonly parameters?: number;
  /** The evaluations; the last one is at the end. */
  readonly curve: readonly { readonly steps: number }[];
}

/**
 * The job for study_torch.py: all settings that the two sides share.
 * @throws Error if the recipe does not use SGD and padded crops.
 */
export function createTorchJob(
  config: RunConfig,
  { parameters, curve }: MeasuredRun,
  images: TorchImages,
  threads: number,
) {
  const { recipe, network, data, seed } = config;
  const { augmentation, optimizer, weightDecay } = recipe;
  if (optimizer.name !== 'sgd' || augmentation.crop.name !== 'paddedCrop')
    throw new Error('expected SGD and padded crops');
  const plan = { recipe, trainExamples: data.trainExamples! };
  const steps = curve.at(-1)!.steps;
  return {
    ...images,
    network: network.name,
    width: network.width,
    parameters,
    side: data.input,
    batch: recipe.batch,
    rates: Array.from({ length: steps }, (_, step) => learningRateAt(plan, step)),
    evaluateAt: curve.map((point) => point.steps),
    momentum: optimizer.momentum,
    nesterov: optimizer.nesterov,
    weightDecay,
    labelSmoothing: recipe.labelSmoothing,
    padding: augmentation.crop.padding,
    flip: augmentation.flip,
    mean: augmentation.mean,
    standardDeviation: augmentation.standardDeviation,
    seed,
    threads,
  };
}
