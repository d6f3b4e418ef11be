import { z } from 'zod';
import { formatCount } from '../../base/text/format.ts';
import { defineMethod, type RecipeView, type Stage } from '../method.ts';
import { mixingProblem } from '../mixing.ts';

/** The maximum number of stages. Each stage has its own graph, and the file with the step mark has a fixed size. */
const MAX_STAGES = 16;

const stageSchema = z.strictObject({
  /**
   * Height and width of the training images.
   * @unit pixels
   * @example 128
   */
  size: z.int().min(1).max(4096),
  /** Start of the stage as a fraction of the whole run. Each stage except the first needs `from` or `fromEpoch`. */
  from: z.number().min(0).lt(1).optional(),
  /**
   * Start of the stage.
   * @unit epochs
   */
  fromEpoch: z.number().min(0).optional(),
  /** `recipe.dropout` in this stage. */
  dropout: z.number().min(0).lt(1).optional(),
  /** `recipe.stochasticDepth` in this stage. */
  stochasticDepth: z.number().min(0).lt(1).optional(),
  /** Alpha of mixup in this stage; 0 switches it off. */
  mixup: z.number().min(0).max(100).optional(),
  /** Alpha of CutMix in this stage; 0 switches it off. */
  cutmix: z.number().min(0).max(100).optional(),
  /** Magnitude of RandAugment in this stage. */
  magnitude: z.int().min(0).max(30).optional(),
  /** `scale` of the recipe's randomResizedCrop in this stage: smallest and largest area of the box. */
  scale: z.tuple([z.number().positive().max(1), z.number().positive().max(1)]).optional(),
  /**
   * `shorterSide` of the recipe's randomCrop in this stage.
   * @unit pixels
   */
  shorterSide: z.int().positive().optional(),
  /**
   * `padding` of the recipe's paddedCrop in this stage.
   * @unit pixels
   */
  padding: z.int().min(0).optional(),
});
export type ResizingStage = z.output<typeof stageSchema>;

interface Augmentation {
  readonly crop?: { readonly name: string };
  readonly automatic?: { readonly name: string };
}

const stageStart = ({ from, fromEpoch }: ResizingStage): number => from ?? fromEpoch ?? 0;

/** What is wrong with the start of stage `index`; undefined if nothing is. */
function startProblem(stages: readonly ResizingStage[], index: number, epochs: unknown): string | undefined {
  const { from, fromEpoch } = stages[index]!;
  if (index === 0)
    return (from ?? 0) === 0 && (fromEpoch ?? 0) === 0
      ? undefined
      : 'starts later than the run: remove from and fromEpoch of the first stage';
  if ((from === undefined) === (fromEpoch === undefined))
    return from === undefined
      ? 'has no start: add from (a fraction of the run, such as 0.5) or fromEpoch'
      : 'has both from and fromEpoch: remove one of them';
  const areInEpochs = stages.slice(1).map((stage) => stage.from === undefined);
  if (new Set(areInEpochs).size > 1)
    return 'has a start in another unit than the other stages: write all starts as from, or all as fromEpoch';
  const [start, before] = [stageStart(stages[index]!), stageStart(stages[index - 1]!)];
  if (start <= before) return `starts at ${start}, expected more than ${before}, the start of the previous stage`;
  if (fromEpoch !== undefined && fromEpoch >= Number(epochs))
    return `starts at epoch ${fromEpoch}, but the run has only ${formatCount(Number(epochs), 'epoch')}: write the start as a fraction of the run (from), or raise recipe.epochs`;
  return undefined;
}

/** The keys of a stage that change a part of the augmentation, and the part that the recipe must contain. */
const augmentationKeys = {
  magnitude: { part: 'automatic', name: 'randAugment' },
  scale: { part: 'crop', name: 'randomResizedCrop' },
  shorterSide: { part: 'crop', name: 'randomCrop' },
  padding: { part: 'crop', name: 'paddedCrop' },
} as const;

/** What is wrong with the augmentation and the mixing of a stage; undefined if nothing is. */
function augmentationProblem(stage: ResizingStage, recipe: RecipeView): string | undefined {
  const augmentation = recipe['augmentation'] as Augmentation;
  for (const [key, { part, name }] of Object.entries(augmentationKeys))
    if (stage[key as keyof typeof augmentationKeys] !== undefined && augmentation[part]?.name !== name)
      return `sets ${key}, but augmentation.${part} is not ${name}: remove ${key}, or set augmentation.${part}`;
  if (stage.scale && stage.scale[0] > stage.scale[1])
    return `has the scale [${stage.scale.join(', ')}], expected the smaller number first`;
  const mixes = (stage.mixup ?? 0) > 0 || (stage.cutmix ?? 0) > 0;
  return mixes ? mixingProblem(recipe) : undefined;
}

function findProblem(stages: readonly ResizingStage[], recipe: RecipeView): string | undefined {
  for (const [index, stage] of stages.entries()) {
    const message = startProblem(stages, index, recipe['epochs']) ?? augmentationProblem(stage, recipe);
    if (message !== undefined) return `stage ${index} (size ${stage.size}) ${message}`;
  }
  return undefined;
}

const toStage = ({ size, from, fromEpoch = 0, ...changes }: ResizingStage): Stage => ({
  input: size,
  from: from === undefined ? { epoch: fromEpoch } : { part: from },
  changes,
});

/**
 * Progressive resizing: changes the image size during the run (Howard et al., DAWNBench 2018-08-10), and optionally the
 * regularization with it (Tan & Le 2021, arXiv 2104.00298, section 4). Every stage has its own graph over the same variables, and
 * each step is counted at its size. Evaluations use images of `augmentation.evaluationInput` pixels; default: `data.input`.
 */
export const progressiveResizing = defineMethod({
  order: 810,
  schema: z.array(stageSchema).min(1).max(MAX_STAGES).optional(),
  check: (stages, recipe) => stages && findProblem(stages, recipe),
  create: (stages) =>
    stages && {
      stages: stages.map(toStage),
      dependsOnLength: stages.some(({ from }) => from !== undefined),
    },
});
