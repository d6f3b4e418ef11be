import { type RecipeConfig, stepsIn } from '../config/recipe.ts';
import { scheduleFactor } from '../recipe/active.ts';

/** Everything but the step number that the learning rate depends on. */
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
 * The learning rate of step `step` (from 0). With `schedulePer: epoch` the rate is constant within an epoch. During warm-up
 * the factor rises linearly from `warmupStart` to 1 over `warmupEpochs` (torch LinearLR).
 */
export function learningRateAt({ recipe, trainExamples }: SchedulePlan, step: number): number {
  const { batch, epochs, learningRate, warmupEpochs, warmupStart, schedule } = recipe;
  const exact = (step * batch) / trainExamples;
  const perEpoch = recipe.schedulePer === 'epoch';
  const time = perEpoch ? Math.floor(exact) : exact;
  if (time < warmupEpochs) return learningRate * (warmupStart + (1 - warmupStart) * (time / warmupEpochs));
  const waited = recipe.scheduleAfterWarmup ? warmupEpochs : 0;
  const clock = {
    time: time - waited,
    total: epochs - waited,
    tick: perEpoch ? time : step,
    ticks: perEpoch ? Math.ceil(epochs) : stepsIn(recipe, trainExamples),
  };
  return learningRate * scheduleFactor(schedule, clock);
}
