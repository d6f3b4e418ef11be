import type { AugmentationConfig } from './augment/schema.ts';
import type { DataDescription, Dataset, FirstImages } from './batch.ts';
import { hashDataset, refuseEmptySplit } from './dataset.ts';
import type { DatasetIndex } from './dataset.ts';
import { fingerprintDataset } from './fingerprint.ts';
import { MemoryEvaluation, MemoryTraining } from './loader/memory-stream.ts';
import type { MemorySplit } from './loader/memory-stream.ts';
import type { DataStage } from './request.ts';
import { takeSubset } from './sources/part.ts';
import { findDataset, type SourcedRequest } from './sources/find.ts';
import { skipInvalidImages } from './skip.ts';
import { shareInts, type Split } from './store.ts';
import { WorkerPool } from './loader/pool.ts';
import { PooledStream } from './loader/stream.ts';
import { changesColors, windowInGraph } from './loader/window.ts';

export interface LoaderOptions {
  /** Threads that decode. Images in memory need none. */
  readonly workers: number;
  /** Most batches prepared ahead. */
  readonly prefetchBatches: number;
}

/**
 * Opens the dataset of a config. `stages`: the sizes and augmentations of training, where they change during the run.
 * @throws UserError exit code 65 if data are missing or damaged, 78 if the config does not fit the dataset.
 */
export async function openDataset(
  data: SourcedRequest,
  augmentation: AugmentationConfig,
  options: LoaderOptions,
  stages: readonly DataStage[] = [],
): Promise<Dataset> {
  const found = findDataset(data, syntheticSide(data, augmentation));
  const whole = data.onBadPicture === 'skip' ? await skipInvalidImages(found, options.workers) : found;
  const { train, validation } = whole;
  const counts = { train: train.indices.length, validation: validation.indices.length };
  refuseEmptySplit(data.path ?? whole.name, counts, whole.skipped);
  const set = takeSubsets(whole, data);
  const pool = new WorkerPool(options.workers);
  return {
    description: describe(set, whole, data),
    fingerprint: () => fingerprintDataset(set),
    ...openStages(
      [{ input: data.input, augmentation }, ...stages].map((stage) =>
        openTraining(set.train, stage, { options, pool }),
      ),
    ),
    evaluation: openEvaluation(set.validation, { data, augmentation, options, pool }),
    first: (count) => readFirst(set.train, count, { data, augmentation, options, pool }),
    close: () => pool.close(),
  };
}

interface OpenContext {
  readonly options: LoaderOptions;
  readonly pool: WorkerPool;
}

type Training = Pick<Dataset, 'side' | 'padding' | 'training'>;

/** One dataset of several: the first is that of runs without stages, the others are those of the stages. */
function openStages([whole, ...stages]: readonly Training[]): Training & Pick<Dataset, 'stages'> {
  if (stages.length === 0) return whole!;
  return {
    side: whole!.side,
    padding: whole!.padding,
    stages: stages.map(({ side, padding }) => ({ side, padding })),
    training: ({ stage, ...plan }) => (stage === undefined ? whole! : stages[stage]!).training(plan),
  };
}

/** Copies from memory if the graph can do everything else; otherwise threads prepare the images. */
function openTraining(split: Split, { input, augmentation }: DataStage, { options, pool }: OpenContext): Training {
  if (isInMemory(split)) {
    const { side } = split.store;
    const window = windowInGraph(augmentation, side, input);
    if (window) {
      const room = side + 2 * window.padding - input;
      const { flip, repeats } = augmentation;
      return {
        side,
        padding: window.padding,
        training: (plan) => new MemoryTraining(split, { ...plan, room, flip, repeats }),
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

/** Images per batch while the first ones are read. */
const READ_BATCH = 100;

async function readFirst(split: Split, wanted: number, given: EvaluationContext): Promise<FirstImages> {
  const augmentation = { ...given.augmentation };
  delete augmentation.evaluationInput;
  delete augmentation.evaluationShorterSide;
  const count = Math.min(wanted, split.indices.length);
  const indices = shareInts(split.indices.subarray(0, count));
  const first = { ...split, indices, labels: shareInts(split.labels.subarray(0, count)) };
  const side = given.data.input;
  const images = new Uint8Array(count * 3 * side ** 2);
  const stream = openEvaluation(first, { ...given, augmentation })({ batch: Math.min(READ_BATCH, count) });
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

function openEvaluation(split: Split, given: EvaluationContext): Dataset['evaluation'] {
  const { data, augmentation, options, pool } = given;
  const input = augmentation.evaluationInput ?? data.input;
  if (isInMemory(split) && split.store.side === (augmentation.evaluationShorterSide ?? input)) {
    return ({ batch }) => new MemoryEvaluation(split, { batch, input });
  }
  const preparation = { input, augmentation };
  const rest = { seed: 0, from: 0, padding: 0 };
  return ({ batch }) => new PooledStream(pool, { ...options, ...rest, kind: 'evaluation', batch, split, preparation });
}

const isInMemory = (split: Split): split is MemorySplit => split.store.kind === 'memory';

/** Generated images get the size that needs no resize. */
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

function describe(set: DatasetIndex, whole: DatasetIndex, data: SourcedRequest): DataDescription {
  const part = describePart(set, whole, data.partSeed);
  return {
    source: set.source,
    name: set.name,
    classes: set.classes,
    trainExamples: set.train.indices.length,
    validationExamples: set.validation.indices.length,
    sha256: hashDataset(set),
    skipped: set.skipped,
    ...(set.warnings === undefined ? {} : { warnings: set.warnings }),
    ...(set.skippedByClass ? { skippedByClass: set.skippedByClass } : {}),
    ...(part === undefined ? {} : { part }),
  };
}

/** Which part of the whole dataset is used, in words; undefined if all of it. */
function describePart(set: DatasetIndex, whole: DatasetIndex, seed: number): string | undefined {
  const parts = (['train', 'validation'] as const).flatMap((which) => {
    const [taken, all] = [set[which].indices.length, whole[which].indices.length];
    return taken === all ? [] : [`${taken} of ${all} ${which} images`];
  });
  const words = [
    ...(whole.part === undefined ? [] : [whole.part]),
    ...(parts.length === 0
      ? []
      : [`${parts.join(', ')}: the same number per class if it has that many, part seed ${seed}`]),
  ];
  return words.length === 0 ? undefined : words.join('; ');
}
