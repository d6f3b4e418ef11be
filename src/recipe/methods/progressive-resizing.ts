import { z } from 'zod';
import { defineMethod, type RecipeView, type Stage } from '../method.ts';
import { mixingProblem } from '../mixing.ts';

/** The marks of a run's steps are of a fixed length, and each stage has a graph of its own. */
const MAX_STAGES = 16;

const stageSchema = z.strictObject({
  /**
   * Height and width of the training images.
   * @unit pixels
   * @example 128
   */
  size: z.int().min(1).max(4096),
  /** Start of the stage, as a part of the whole run: 0.5 is half of it. Give this or `fromEpoch`, except for the first stage. */
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
  /** `scale` of the recipe's randomResizedCrop in this stage: smallest and largest area. */
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

const startOf = ({ from, fromEpoch }: ResizingStage): number => from ?? fromEpoch ?? 0;

/** What is wrong with the start of stage `index`, in words. */
function startProblem(stages: readonly ResizingStage[], index: number, epochs: unknown): string | undefined {
  const { from, fromEpoch } = stages[index]!;
  if (index === 0)
    return startOf(stages[0]!) === 0
      ? undefined
      : 'starts after the run: leave out from and fromEpoch of the first stage';
  if ((from === undefined) === (fromEpoch === undefined))
    return from === undefined
      ? 'has no start: give from (a part of the run, 0.5) or fromEpoch'
      : 'has from and fromEpoch: remove one of them';
  const others = stages.slice(1).map((stage) => stage.from === undefined);
  if (new Set(others).size > 1)
    return 'has a start in another unit than the other stages: give all as from, or all as fromEpoch';
  const [start, before] = [startOf(stages[index]!), startOf(stages[index - 1]!)];
  if (start <= before) return `starts at ${start}, expected more than ${before}, the start of the stage before`;
  if (fromEpoch !== undefined && fromEpoch >= Number(epochs))
    return `starts at epoch ${fromEpoch}, but the run has ${String(epochs)} epochs: give from as a part of the run, or more epochs`;
  return undefined;
}

/** Keys of a stage that change a part of the augmentation, and the part that the recipe must have. */
const parts = {
  magnitude: { part: 'automatic', name: 'randAugment' },
  scale: { part: 'crop', name: 'randomResizedCrop' },
  shorterSide: { part: 'crop', name: 'randomCrop' },
  padding: { part: 'crop', name: 'paddedCrop' },
} as const;

function partProblem(stage: ResizingStage, recipe: RecipeView): string | undefined {
  const augmentation = recipe['augmentation'] as Augmentation;
  for (const [key, { part, name }] of Object.entries(parts))
    if (stage[key as keyof typeof parts] !== undefined && augmentation[part]?.name !== name)
      return `sets ${key}, but augmentation.${part} is not ${name}: remove ${key}, or set augmentation.${part}`;
  if (stage.scale && stage.scale[0] > stage.scale[1]) return 'has a scale with the larger number first: swap the two';
  const mixes = (stage.mixup ?? 0) > 0 || (stage.cutmix ?? 0) > 0;
  return mixes ? mixingProblem(recipe) : undefined;
}

function findProblem(stages: readonly ResizingStage[], recipe: RecipeView): string | undefined {
  for (const [index, stage] of stages.entries()) {
    const message = startProblem(stages, index, recipe['epochs']) ?? partProblem(stage, recipe);
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
 * Progressive resizing: the image size as a schedule over the run (Howard et al., DAWNBench 2018-08-10), with a regularization
 * that may grow with it (Tan & Le 2021, arXiv 2104.00298, section 4). Every stage has a graph of its own over the same
 * variables, and each step is counted at its size. Evaluations see images of `augmentation.evaluationInput`, else `data.input`.
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
