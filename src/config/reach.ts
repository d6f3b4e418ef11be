import { configError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import { findRunProblem, lastNamedEpoch, lastScheduleEpoch, methodStages } from '../recipe/active.ts';
import { EPOCH_TOLERANCE } from '../recipe/epoch-tolerance.ts';
import type { RunLength, Stage } from '../recipe/method.ts';
import { type RecipeConfig, stepsIn } from './recipe.ts';
import { firstStepOf, lastStageEpoch, startEpoch } from './stages.ts';

/*
 * Whether a run reaches what its recipe names. The recipe's own check compares epochs; here the number of images is known, and so
 * when the last step starts: what begins after that has no effect.
 */

/** The properties of a dataset that decide it. */
export interface ReachedData {
  readonly classes: number;
  readonly trainExamples: number;
}

const lengthOf = (recipe: RecipeConfig, { classes, trainExamples }: ReachedData): RunLength => ({
  steps: stepsIn(recipe, trainExamples),
  epochsPerStep: recipe.batch / trainExamples,
  classes,
});

const lastStart = ({ steps, epochsPerStep }: RunLength): number => (steps - 1) * epochsPerStep;

function scheduleProblem(recipe: RecipeConfig, length: RunLength): string | undefined {
  const last = lastScheduleEpoch(recipe);
  const [start, perEpoch] = [lastStart(length), recipe.schedulePer === 'epoch'];
  if (last <= (perEpoch ? Math.floor(start) : start) + EPOCH_TOLERANCE) return undefined;
  const when = perEpoch
    ? `its last epoch starts at epoch ${Math.floor(start)}`
    : `its last step starts at epoch ${start}`;
  return `recipe.schedule changes the rate at epoch ${last}, which the run does not reach, because ${when}: leave that change out, or train for more epochs`;
}

const stageName = ({ input, frozen }: Stage, index: number): string =>
  frozen === undefined ? `recipe.progressiveResizing: stage ${index} (size ${input})` : 'recipe.freeze';

/** A stage without a step: all others have one, so leaving it out changes nothing. */
function stageProblem(recipe: RecipeConfig, length: RunLength, { trainExamples }: ReachedData): string | undefined {
  const firstStep = (stage: Stage): number =>
    firstStepOf({ fromEpoch: startEpoch(stage, recipe.epochs) }, recipe, trainExamples);
  for (const list of methodStages(recipe))
    for (const [index, stage] of list.entries()) {
      const next = list[index + 1];
      if (firstStep(stage) < (next ? firstStep(next) : length.steps)) continue;
      const start = startEpoch(stage, recipe.epochs);
      const end = next
        ? `the next stage starts at epoch ${startEpoch(next, recipe.epochs)}`
        : `the last step starts at epoch ${lastStart(length)}`;
      return `${stageName(stage, index)} starts at epoch ${start}, but has no step, because ${end}: start it earlier, leave it out, or train for more epochs`;
    }
  return undefined;
}

/** @throws UserError exit code 78 if a part of the recipe has no effect, because the run is too short or the targets never pass. */
export function checkReach({ recipe }: { readonly recipe: RecipeConfig }, data: ReachedData): void {
  const length = lengthOf(recipe, data);
  const method = findRunProblem(recipe, length);
  const problem =
    scheduleProblem(recipe, length) ??
    stageProblem(recipe, length, data) ??
    (method && `recipe.${method.key} ${method.message}`);
  if (problem !== undefined)
    throw configError(`${problem} (${formatCount(length.steps, 'step')}, ${formatCount(data.trainExamples, 'image')})`);
}

/** A number of epochs that is too short for the fixed epochs of a recipe by less than a step; any longer run reaches them. */
export function shortestReach(recipe: RecipeConfig, trainExamples: number | undefined): number {
  const named = Math.max(lastStageEpoch(recipe), lastNamedEpoch(recipe));
  const last = recipe.schedulePer === 'epoch' ? Math.ceil(named) : named;
  return named === 0 || trainExamples === undefined ? named : last + recipe.batch / trainExamples;
}
