import type { AugmentationConfig } from './augment/schema.ts';
import type { DataDescription, Dataset, FirstImages } from './batch.ts';
import { hashDataset, refuseEmptySplit, refuseOneClass } from './dataset.ts';
import type { DatasetIndex } from './dataset.ts';
import { fingerprintDataset } from './fingerprint.ts';
import { MemoryEvaluation, MemoryTraining } from './loader/memory-stream.ts';
import type { MemorySplit } from './loader/memory-stream.ts';
import type { DataStage } from './request.ts';
import { takeSubset } from './sources/part.ts';
import { findDataset, type SourcedRequest } from './sources/find.ts';
import { refuseNonImages } from './first-bytes.ts';
import { skipInvalidImages } from './skip.ts';
import { shareInts, type Split } from './store.ts';
import { WorkerPool } from './loader/pool.ts';
import { PooledStream } from './loader/stream.ts';
import { changesColors, windowInGraph } from './loader/window.ts';

/** How batches are prepared. */
export interface LoaderOptions {
  /** Threads that decode. Images in memory need none. */
  readonly workers: number;
  /** The largest number of batches prepared ahead. */
  readonly prefetchBatches: number;
}

/**
 * Opens the dataset of a config.
 * @param stages the sizes and augmentations of the training images, if they change during the run.
 * @throws UserError exit code 65 if data are missing or damaged, 66 if the dataset does not exist, 78 if the config does not
 * match the dataset.
 */
export async function openDataset(
  data: SourcedRequest,
  augmentation: AugmentationConfig,
  options: LoaderOptions,
  stages: readonly DataStage[] = [],
): Promise<Dataset> {
  const all = findDataset(data, syntheticSide(data, augmentation));
  refuseOneClass(data.path ?? all.name, all);
  const whole = data.onBadPicture === 'skip' ? await skipInvalidImages(all, options.workers) : all;
  const { train, validation } = whole;
  const counts = { train: train.indices.length, validation: validation.indices.length };
  refuseEmptySplit(data.path ?? whole.name, counts, whole.skipped);
  const used = takeSubsets(whole, data);
  if (data.onBadPicture === 'stop') await refuseNonImages([used.train, used.validation]);
  const pool = new WorkerPool(options.workers);
  return {
    description: describeDataset(used, whole, data),
    fingerprint: () => fingerprintDataset(used),
    ...openStages(
      [{ input: data.input, augmentation }, ...stages].map((stage) =>
        openTraining(used.train, stage, { options, pool }),
      ),
    ),
    evaluation: openEvaluation(used.validation, { data, augmentation, options, pool }),
    first: (count) => readFirst(used.train, count, { data, augmentation, options, pool }),
    close: () => pool.close(),
  };
}

interface OpenContext {
  readonly options: LoaderOptions;
  readonly pool: WorkerPool;
}

type Training = Pick<Dataset, 'side' | 'padding' | 'training'>;

/** Joins the training data of all stages into one dataset. The first entry is for calls that name no stage. */
function openStages([unstaged, ...stages]: readonly Training[]): Training & Pick<Dataset, 'stages'> {
  if (stages.length === 0) return unstaged!;
  return {
    side: unstaged!.side,
    padding: unstaged!.padding,
    stages: stages.map(({ side, padding }) => ({ side, padding })),
    training: ({ stage, ...plan }) => (stage === undefined ? unstaged! : stages[stage]!).training(plan),
  };
}

/** Training batches: copied from memory if the graph can do everything else; otherwise prepared by threads. */
function openTraining(split: Split, { input, augmentation }: DataStage, { options, pool }: OpenContext): Training {
  if (isInMemory(split)) {
    const { side } = split.store;
    const window = windowInGraph(augmentation, side, input);
    if (window) {
      const maxOffset = side + 2 * window.padding - input;
      const { flip, repeats } = augmentation;
      return {
        side,
        padding: window.padding,
        training: (plan) => new MemoryTraining(split, { ...plan, maxOffset, flip, repeats }),
      };
    }
  }
  const { crop } = augmentation;
  const padding = crop.name === 'paddedCrop' && !changesColors(augmentation) ? crop.padding : 0;
  const preparation = { input, augmentation };
  return {
    side: input,
    padding,
    training: (plan) =>
      new PooledStream(pool, {
        ...options,
        ...plan,
        kind: 'training',
        split,
        preparation,
        padding,
      }),
  };
}

/** Images per batch when the first images are read. */
const READ_BATCH = 100;

async function readFirst(split: Split, limit: number, context: EvaluationContext): Promise<FirstImages> {
  const augmentation = { ...context.augmentation };
  delete augmentation.evaluationInput;
  delete augmentation.evaluationShorterSide;
  const count = Math.min(limit, split.indices.length);
  const indices = shareInts(split.indices.subarray(0, count));
  const first = { ...split, indices, labels: shareInts(split.labels.subarray(0, count)) };
  const side = context.data.input;
  const images = new Uint8Array(count * 3 * side ** 2);
  const stream = openEvaluation(first, { ...context, augmentation })({ batch: Math.min(READ_BATCH, count) });
  try {
    let at = 0;
    for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) {
      const pixels = batch.images.subarray(0, batch.count * 3 * side ** 2);
      images.set(pixels, at);
      at += pixels.length;
      batch.release();
    }
  } finally {
    await stream.close();
  }
  return { images, count, side };
}

interface EvaluationContext extends OpenContext {
  readonly data: SourcedRequest;
  readonly augmentation: AugmentationConfig;
}

function openEvaluation(split: Split, context: EvaluationContext): Dataset['evaluation'] {
  const { data, augmentation, options, pool } = context;
  const input = augmentation.evaluationInput ?? data.input;
  if (isInMemory(split) && split.store.side === (augmentation.evaluationShorterSide ?? input)) {
    return ({ batch }) => new MemoryEvaluation(split, { batch, input });
  }
  const preparation = { input, augmentation };
  const notRandom = { seed: 0, from: 0, padding: 0 };
  return ({ batch }) =>
    new PooledStream(pool, { ...options, ...notRandom, kind: 'evaluation', batch, split, preparation });
}

const isInMemory = (split: Split): split is MemorySplit => split.store.kind === 'memory';

/** The size of generated images that need no resizing. */
const syntheticSide = ({ input }: SourcedRequest, { crop }: AugmentationConfig): number =>
  crop.name === 'randomCrop' ? crop.shorterSide : input;

function takeSubsets(whole: DatasetIndex, data: SourcedRequest): DatasetIndex {
  const { trainExamples, validationExamples, partSeed: seed } = data;
  const classes = whole.classes.length;
  const { train, validation } = whole;
  return {
    ...whole,
    train: trainExamples ? takeSubset(train, 'train', { count: trainExamples, seed, classes }) : train,
    validation: validationExamples
      ? takeSubset(validation, 'validation', { count: validationExamples, seed, classes })
      : validation,
  };
}

function describeDataset(used: DatasetIndex, whole: DatasetIndex, data: SourcedRequest): DataDescription {
  const part = describePart(used, whole, data.partSeed);
  return {
    source: used.source,
    name: used.name,
    classes: used.classes,
    trainExamples: used.train.indices.length,
    validationExamples: used.validation.indices.length,
    sha256: hashDataset(used),
    skipped: used.skipped,
    ...(used.warnings === undefined ? {} : { warnings: used.warnings }),
    ...(used.skippedByClass ? { skippedByClass: used.skippedByClass } : {}),
    ...(part === undefined ? {} : { part }),
  };
}

/** Which part of the whole dataset is used, in words; undefined if all of it. */
function describePart(used: DatasetIndex, whole: DatasetIndex, seed: number): string | undefined {
  const parts = (['train', 'validation'] as const).flatMap((split) => {
    const [taken, all] = [used[split].indices.length, whole[split].indices.length];
    return taken === all ? [] : [`${taken} of ${all} ${split} images`];
  });
  const texts = [
    ...(whole.part === undefined ? [] : [whole.part]),
    ...(parts.length === 0
      ? []
      : [`${parts.join(', ')}: the same number per class if it has that many, part seed ${seed}`]),
  ];
  return texts.length === 0 ? undefined : texts.join('; ');
}
