import type { AugmentationConfig } from '../data/augment/schema.ts';
import type { DataStage } from '../data/request.ts';
import { methodStages } from '../recipe/active.ts';
import type { Stage } from '../recipe/method.ts';
import type { RecipeConfig } from './recipe.ts';

/** A stage of a run with its recipe. */
export interface TrainingStage {
  /** The start of the stage in epochs, not rounded. */
  readonly fromEpoch: number;
  /** Height and width of the training images in pixels. */
  readonly input: number;
  /** The run's recipe with the changes of the stage, without stages of its own. */
  readonly recipe: RecipeConfig;
  /** Names of parameters and layers that are not trained. */
  readonly frozen: readonly string[];
}

type Changes = Stage['changes'];

function changedAugmentation(augmentation: AugmentationConfig, changes: Changes): AugmentationConfig {
  const { crop, automatic } = augmentation;
  const { magnitude, scale, shorterSide, padding } = changes;
  const changed: AugmentationConfig = { ...augmentation };
  if (automatic?.name === 'randAugment' && magnitude !== undefined) changed.automatic = { ...automatic, magnitude };
  if (crop.name === 'randomResizedCrop' && scale !== undefined) changed.crop = { ...crop, scale };
  if (crop.name === 'randomCrop' && shorterSide !== undefined) changed.crop = { ...crop, shorterSide };
  if (crop.name === 'paddedCrop' && padding !== undefined) changed.crop = { ...crop, padding };
  return changed;
}

const switchedOn = (alpha: number): { alpha: number } | undefined => (alpha === 0 ? undefined : { alpha });

/** Applies the changes of a stage to a recipe. An alpha of 0 switches its method off. */
function changedRecipe(recipe: RecipeConfig, changes: Changes): RecipeConfig {
  const { dropout, stochasticDepth, mixup, cutmix } = changes;
  const changed: RecipeConfig = { ...recipe, augmentation: changedAugmentation(recipe.augmentation, changes) };
  delete changed.progressiveResizing;
  delete changed.freeze;
  if (dropout !== undefined) changed.dropout = dropout;
  if (stochasticDepth !== undefined) changed.stochasticDepth = stochasticDepth;
  if (mixup !== undefined) changed.mixup = switchedOn(mixup);
  if (cutmix !== undefined) changed.cutmix = switchedOn(cutmix);
  return changed;
}

/** The start of a stage in epochs. */
export const startEpoch = ({ from }: Stage, epochs: number): number =>
  'epoch' in from ? from.epoch : from.part * epochs;

/** The stage that starts at an epoch: combines, for each method, its last stage that has started by then. */
function createStage(
  lists: readonly (readonly Stage[])[],
  fromEpoch: number,
  { recipe, data }: StagedRun,
): TrainingStage {
  const current = lists.flatMap(
    (list) => list.findLast((stage) => startEpoch(stage, recipe.epochs) <= fromEpoch) ?? [],
  );
  return {
    fromEpoch,
    input: current.find(({ input }) => input !== undefined)?.input ?? data.input,
    recipe: current.reduce((changed, { changes }) => changedRecipe(changed, changes), changedRecipe(recipe, {})),
    frozen: current.flatMap(({ frozen = [] }) => frozen),
  };
}

/** The latest start among the stages that start at a fixed epoch; 0 without such a stage. */
export const lastStageEpoch = (recipe: RecipeConfig): number =>
  Math.max(0, ...methodStages(recipe).flatMap((list) => list.map(({ from }) => ('epoch' in from ? from.epoch : 0))));

/** The part of a run config that determines the stages. */
export interface StagedRun {
  readonly data: { readonly input: number };
  readonly recipe: RecipeConfig;
}

/**
 * The stages of a run in order; empty if all steps are the same. If several methods have stages, a stage of the run begins wherever
 * a stage of a method begins.
 */
export function trainingStages(run: StagedRun): TrainingStage[] {
  const lists = methodStages(run.recipe);
  const starts = new Set(lists.flat().map((stage) => startEpoch(stage, run.recipe.epochs)));
  return [...starts].sort((a, b) => a - b).map((start) => createStage(lists, start, run));
}

/** The stages of a run's data; empty where all steps are alike. */
export const dataStages = (run: StagedRun): DataStage[] =>
  trainingStages(run).map(({ input, recipe: { augmentation } }) => ({ input, augmentation }));

/** The first step (from 0) that begins at or after the start of a stage. The small addend corrects rounding. */
export const firstStepOf = (
  { fromEpoch }: Pick<TrainingStage, 'fromEpoch'>,
  { batch }: Pick<RecipeConfig, 'batch'>,
  trainExamples: number,
): number => Math.max(0, Math.ceil((fromEpoch * trainExamples) / batch - 1e-9));

/** The index of the stage of a step. If several stages start at the same step, the last one counts. */
export const stageAt = (stages: readonly { readonly fromStep: number }[], step: number): number =>
  Math.max(
    0,
    stages.findLastIndex(({ fromStep }) => step >= fromStep),
  );

/** How many of the steps from `from` (included) to `to` (excluded) each stage has. */
export const stepsByStage = (stages: readonly { readonly fromStep: number }[], from: number, to: number): number[] =>
  stages.map(({ fromStep }, index) => {
    const next = stages[index + 1]?.fromStep ?? Infinity;
    return Math.max(0, Math.min(to, next) - Math.max(from, fromStep));
  });

interface CheckedRun extends StagedRun {
  readonly network: { readonly dropout?: number | undefined; readonly stochasticDepth?: number | undefined };
}

const stagesWithSize = (recipe: RecipeConfig) =>
  methodStages(recipe)
    .flat()
    .flatMap(({ input, changes }) => (input === undefined ? [] : [{ input, changes }]));

/**
 * A conflict of a stage with the rest of its run: an option that the network fixes, or a crop in pixels for another image size.
 * Undefined if there is none.
 */
export function stageProblem({ network, data, recipe }: CheckedRun): string | undefined {
  const { crop } = recipe.augmentation;
  for (const [index, stage] of stagesWithSize(recipe).entries()) {
    const name = `stage ${index} (size ${stage.input})`;
    for (const option of ['dropout', 'stochasticDepth'] as const)
      if (stage.changes[option] !== undefined && network[option] !== undefined)
        return `${name} sets ${option}, but network.${option} is ${network[option]} for the whole run: remove one of them`;
    if (crop.name !== 'randomCrop') continue;
    const { shorterSide } = stage.changes;
    if (shorterSide === undefined && stage.input !== data.input) {
      const scaled = Math.round((crop.shorterSide * stage.input) / data.input);
      return (
        `${name} needs its own shorterSide, because augmentation.crop.shorterSide is ${crop.shorterSide} for the input size ${data.input}: ` +
        `add shorterSide: ${scaled} to crop the same part of the image, or shorterSide: ${crop.shorterSide} to resize as before`
      );
    }
    if ((shorterSide ?? crop.shorterSide) < stage.input)
      return `${name} has a shorterSide of ${shorterSide ?? crop.shorterSide}, expected at least its size ${stage.input}`;
  }
  return undefined;
}
