import type { AugmentationConfig } from '../config/augmentation.ts';
import type { DataConfig } from '../config/data.ts';
import { configError } from '../base/errors.ts';
import type { DataDescription, Pictures } from './batch.ts';
import { cifar10File } from './cifar10.ts';
import { hashOfDataSet } from './dataset.ts';
import type { DataSet } from './dataset.ts';
import { MemoryEvaluation, MemoryTraining } from './memory-stream.ts';
import type { MemorySplit } from './memory-stream.ts';
import { openPack } from './pack.ts';
import { takePart } from './part.ts';
import type { Split } from './store.ts';
import { openSynthetic } from './synthetic.ts';
import { windowInGraph } from './window.ts';

export interface LoaderOptions {
  /** Threads that decode; what comes from memory needs none. */
  readonly workers: number;
  /** Batches prepared ahead, at most. */
  readonly prefetchBatches: number;
}

/**
 * Opens the data set a config names, ready to be read in batches.
 * @throws UserError exit code 65 where data are missing or damaged, 78 where the config asks for what cannot be.
 */
// eslint-disable-next-line @typescript-eslint/require-await
export async function openPictures(
  data: DataConfig,
  augmentation: AugmentationConfig,
  options: LoaderOptions,
): Promise<Pictures> {
  if (options.prefetchBatches < 1) throw configError('prefetchBatches must be 1 or more');
  const whole = findDataSet(data, augmentation);
  const set = takeParts(whole, data);
  const { train, validation } = set;
  if (!isInMemory(train) || !isInMemory(validation)) {
    throw configError(`data.source ${data.source} is not supported yet`);
  }
  const { side } = train.store;
  const window = windowInGraph(augmentation, side, data.input);
  if (!window) throw configError('this augmentation is not supported yet');
  const room = side + 2 * window.padding - data.input;
  return {
    description: describe(set, whole, data),
    side,
    padding: window.padding,
    training: (options) => new MemoryTraining(train, { ...options, room, flip: augmentation.flip }),
    evaluation: ({ batch }) => new MemoryEvaluation(validation, { batch, input: data.input }),
    close: () => Promise.resolve(),
  };
}

const isInMemory = (split: Split): split is MemorySplit => split.store.kind === 'memory';

function findDataSet(data: DataConfig, augmentation: AugmentationConfig): DataSet {
  if (data.source === 'cifar10') return openPack(cifar10File());
  if (data.source === 'pack') return openPack(data.path!);
  if (data.source !== 'synthetic')
    throw configError(`data.source ${data.source} is not supported yet`);
  const classes = data.classes ?? 10;
  return openSynthetic({
    classes,
    trainExamples: data.trainExamples ?? 100 * classes,
    validationExamples: data.validationExamples ?? 20 * classes,
    side: augmentation.crop.name === 'randomCrop' ? augmentation.crop.shorterSide : data.input,
    seed: data.partSeed,
  });
}

function takeParts(whole: DataSet, data: DataConfig): DataSet {
  const { trainExamples, validationExamples, partSeed: seed } = data;
  const classes = whole.classes.length;
  const { train, validation } = whole;
  return {
    ...whole,
    train: trainExamples
      ? takePart(train, 'train', { count: trainExamples, seed, classes })
      : train,
    validation: validationExamples
      ? takePart(validation, 'validation', { count: validationExamples, seed, classes })
      : validation,
  };
}

function describe(set: DataSet, whole: DataSet, data: DataConfig): DataDescription {
  const part = describePart(set, whole, data.partSeed);
  return {
    source: set.source,
    name: set.name,
    classes: set.classes,
    trainExamples: set.train.indices.length,
    validationExamples: set.validation.indices.length,
    sha256: hashOfDataSet(set),
    skipped: set.skipped,
    ...(part === undefined ? {} : { part }),
  };
}

/** What was taken of the whole set, in words. */
function describePart(set: DataSet, whole: DataSet, seed: number): string | undefined {
  const parts = (['train', 'validation'] as const).flatMap((which) => {
    const [taken, all] = [set[which].indices.length, whole[which].indices.length];
    return taken === all ? [] : [`${taken} of ${all} ${which} pictures`];
  });
  if (parts.length === 0) return undefined;
  return `${parts.join(', ')}: the same number of every class where it has so many, part seed ${seed}`;
}
