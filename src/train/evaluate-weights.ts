import { availableParallelism } from 'node:os';
import type { GivenOptions } from '../../models/options.ts';
import { configError, ExitCode, UserError } from '../base/errors.ts';
import { augmentationSchema, sizeProblem, type AugmentationConfig } from '../data/augment/schema.ts';
import { dataSchema, type DataConfig } from '../config/data.ts';
import type { Dataset } from '../data/batch.ts';
import { openDataset } from '../data/open.ts';
import { createEvaluator, type Evaluator } from '../engine/evaluator.ts';
import { hashFile } from '../base/hash.ts';
import { readWeights } from '../engine/initial-weights.ts';
import { findNetworkOrFile } from '../engine/network-file.ts';
import { weightWarning } from '../nn/weight-values.ts';

/** Which weights to evaluate on which images, and how the images are prepared. */
export interface EvaluationRequest {
  readonly network: string;
  /** The network's options without `classes`, which the dataset determines. */
  readonly options: GivenOptions;
  /** A safetensors file with PyTorch's parameter names. */
  readonly weights: string;
  readonly data: Omit<DataConfig, 'input' | 'partSeed' | 'onBadPicture'>;
  /** Input size: height and width in pixels; default: the network's own. */
  readonly input?: number | undefined;
  /** The shorter side is resized to this before the center crop; default: the input size. */
  readonly resize?: number | undefined;
  readonly interpolation?: AugmentationConfig['interpolation'] | undefined;
  readonly batch: number;
  /** Called after each batch with the number of images evaluated so far, and the number of all images. */
  readonly progress?: (done: number, total: number) => void;
  readonly warn: (line: string) => void;
}

/** The accuracies of weights on the validation images of a dataset. */
export interface WeightsEvaluation {
  readonly network: string;
  readonly options: GivenOptions;
  readonly weights: { readonly file: string; readonly sha256: string; readonly prefixRemoved: string };
  readonly data: {
    readonly source: string;
    readonly name: string;
    readonly classes: number;
    readonly sha256: string;
    readonly part?: string;
  };
  readonly input: number;
  readonly resize: number;
  readonly interpolation: string;
  readonly batch: number;
  /** Images evaluated: the whole validation split. */
  readonly examples: number;
  /** The number of images for which the class with the highest logit is right, also as a fraction of 1. */
  readonly top1: { readonly correct: number; readonly fraction: number };
  /** The same for the five classes with the highest logits. */
  readonly top5: { readonly correct: number; readonly fraction: number };
  /** Mean cross-entropy; null if it is not finite. */
  readonly loss: number | null;
  readonly forwardMacsPerExample: number;
}

interface Sums {
  count: number;
  loss: number;
  top1: number;
  top5: number;
}

/** Evaluates all validation images and sums the results. */
async function evaluateAll(
  images: Dataset,
  evaluator: Evaluator,
  { batch, progress }: EvaluationRequest,
): Promise<Sums> {
  const stream = images.evaluation({ batch });
  const sums: Sums = { count: 0, loss: 0, top1: 0, top5: 0 };
  const total = images.description.validationExamples;
  try {
    for (;;) {
      const next = await stream.next();
      if (next === undefined) return sums;
      const { lossSum, top1, top5 } = evaluator.evaluate(next);
      sums.loss += lossSum;
      sums.top1 += top1;
      sums.top5 += top5;
      sums.count += next.count;
      next.release();
      progress?.(sums.count, total);
    }
  } finally {
    await stream.close();
  }
}

/** The preparation of the images. @throws UserError exit code 78 if `resize` does not fit the input size. */
function createAugmentation(request: EvaluationRequest, input: number): AugmentationConfig {
  const augmentation = augmentationSchema.parse({
    ...(request.resize === undefined ? {} : { evaluationShorterSide: request.resize }),
    ...(request.interpolation === undefined ? {} : { interpolation: request.interpolation }),
  });
  const problem = sizeProblem(augmentation, input);
  if (problem !== undefined) throw new UserError(`--resize ${problem.message}`, ExitCode.usage);
  return augmentation;
}

/** The number of classes of the dataset. @throws UserError exit code 78 if the request has another number. */
function checkClasses({ options: { classes }, data }: EvaluationRequest, images: Dataset): number {
  const count = images.description.classes.length;
  if (classes === undefined || classes === count) return count;
  throw configError(`--classes is ${classes}, but ${data.path ?? data.source} has ${count} classes: remove --classes`);
}

/**
 * Evaluates the weights of a file on the whole validation split of a dataset, with the same preprocessing and the same graph
 * as the evaluations of a run. Nothing is trained.
 * @throws UserError exit code 65 if the file or an image is damaged, or the file does not fit the network and the classes of
 * the dataset; 66 if a file does not exist; 78 for an unknown network or option.
 */
export async function evaluateWeights(request: EvaluationRequest): Promise<WeightsEvaluation> {
  const entry = findNetworkOrFile(request.network);
  const { input = entry.input, batch, weights: file } = request;
  const sha256 = hashFile(file);
  const augmentation = createAugmentation(request, input);
  const workers = availableParallelism();
  const data = dataSchema.parse({ ...request.data, input });
  const images = await openDataset(data, augmentation, { workers, prefetchBatches: 4 });
  try {
    const classes = checkClasses(request, images);
    const options = { ...request.options, classes };
    let prefixRemoved = '';
    const evaluator = createEvaluator({
      ...{ forward: entry.build(options), input, batch, augmentation },
      weights: (specs) => {
        const fitted = readWeights(file, specs, classes);
        const warning = weightWarning(fitted.values);
        if (warning !== undefined) request.warn(`${file}: ${warning}`);
        prefixRemoved = fitted.prefix;
        return fitted.values;
      },
    });
    try {
      const { count, loss, top1, top5 } = await evaluateAll(images, evaluator, request);
      const { source, name, sha256: hash, part } = images.description;
      return {
        network: entry.name,
        options: request.options,
        weights: { file, sha256, prefixRemoved },
        data: { source, name, classes, sha256: hash, ...(part === undefined ? {} : { part }) },
        input,
        resize: augmentation.evaluationShorterSide ?? input,
        interpolation: augmentation.interpolation,
        batch,
        examples: count,
        top1: { correct: top1, fraction: top1 / count },
        top5: { correct: top5, fraction: top5 / count },
        loss: Number.isFinite(loss) ? loss / count : null,
        forwardMacsPerExample: evaluator.forwardMacs,
      };
    } finally {
      evaluator.close();
    }
  } finally {
    await images.close();
  }
}
