import { type RecipeConfig, stepsIn } from '../config/recipe.ts';
import { scheduleFactor } from '../recipe/active.ts';

/** The inputs of the learning rate besides the step number. */
export interface SchedulePlan {
  readonly recipe: Pick<
    RecipeConfig,
    | 'batch'
    | 'epochs'
    | 'learningRate'
    | 'warmupEpochs'
    | 'warmupStart'
    | 'scheduleAfterWarmup'
    | 'schedulePer'
    | 'schedule'
  >;
  readonly trainExamples: number;
}

/**
 * The learning rate of step number `step` (from 0). With `schedulePer: epoch` it is constant within an epoch. During the warm-up, its
 * factor rises linearly from `warmupStart` to 1 over `warmupEpochs` (torch.optim.lr_scheduler.LinearLR). After that, the recipe's
 * schedule gives the factor.
 */
export function learningRateAt({ recipe, trainExamples }: SchedulePlan, step: number): number {
  const { batch, epochs, learningRate, warmupEpochs, warmupStart, schedule } = recipe;
  const exactEpochs = (step * batch) / trainExamples;
  const perEpoch = recipe.schedulePer === 'epoch';
  const time = perEpoch ? Math.floor(exactEpochs) : exactEpochs;
  if (time < warmupEpochs) return learningRate * (warmupStart + (1 - warmupStart) * (time / warmupEpochs));
  const scheduleStart = recipe.scheduleAfterWarmup ? warmupEpochs : 0;
  const clock = {
    time: time - scheduleStart,
    total: epochs - scheduleStart,
    tick: perEpoch ? time : step,
    ticks: perEpoch ? Math.ceil(epochs) : stepsIn(recipe, trainExamples),
  };
  return learningRate * scheduleFactor(schedule, clock);
}
