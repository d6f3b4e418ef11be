import type { RecipeConfig } from '../config/recipe.ts';

/** What a learning rate depends on beside the step's number. */
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

type Schedule = SchedulePlan['recipe']['schedule'];

/** From `from` to `to` along half a cosine, `part` in [0, 1]. */
const alongCosine = (from: number, to: number, part: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));

/**
 * Smith & Topin 2018 as torch.optim.lr_scheduler.OneCycleLR has it: up from 1/startDivisor and down to
 * 1/(startDivisor endDivisor), both along half a cosine. `tick` of `ticks`, from 0 to ticks - 1.
 */
function oneCycle(
  { warmFraction, startDivisor, endDivisor }: Extract<Schedule, { name: 'onecycle' }>,
  tick: number,
  ticks: number,
): number {
  const top = warmFraction * ticks - 1;
  const start = 1 / startDivisor;
  if (tick <= top) return alongCosine(start, 1, top === 0 ? 1 : tick / top);
  const part = ticks - 1 === top ? 1 : Math.min(1, (tick - top) / (ticks - 1 - top));
  return alongCosine(1, start / endDivisor, part);
}

/**
 * The factor on the learning rate after `time` of `total` epochs.
 * step: torch StepLR. exponential: Hernandez & Brown 2020, section 3.2: as much in all as by steps, but smoothly; torch
 * ExponentialLR with gamma = reduction^(-1 / epochs). polynomial: torch PolynomialLR, cosine: torch CosineAnnealingLR
 * (Loshchilov & Hutter 2017), both down to `endFraction`.
 */
function factorAt(schedule: Exclude<Schedule, { name: 'onecycle' }>, time: number, total: number) {
  const part = Math.min(1, time / total);
  switch (schedule.name) {
    case 'constant':
      return 1;
    case 'step':
      // The small addend keeps 2.4 x 3 epochs from falling just short of the third edge.
      return schedule.factor ** Math.floor(time / schedule.everyEpochs + 1e-9);
    case 'exponential':
      return schedule.totalReduction ** -part;
    case 'polynomial':
      return schedule.endFraction + (1 - schedule.endFraction) * (1 - part) ** schedule.power;
    case 'cosine':
      return alongCosine(1, schedule.endFraction, part);
  }
}

/**
 * The learning rate of step `step` (from 0). Per step the clock runs through the epochs, per epoch it stands still within
 * one. Warm-up: a straight line from `warmupStart` to 1 over `warmupEpochs` (torch LinearLR).
 */
export function learningRateAt({ recipe, trainExamples }: SchedulePlan, step: number): number {
  const { batch, epochs, learningRate, warmupEpochs, warmupStart, schedule } = recipe;
  const exact = (step * batch) / trainExamples;
  const perEpoch = recipe.schedulePer === 'epoch';
  const time = perEpoch ? Math.floor(exact) : exact;
  if (schedule.name === 'onecycle') {
    const ticks = perEpoch ? Math.ceil(epochs) : stepsIn({ recipe, trainExamples });
    return learningRate * oneCycle(schedule, perEpoch ? time : step, ticks);
  }
  if (time < warmupEpochs)
    return learningRate * (warmupStart + (1 - warmupStart) * (time / warmupEpochs));
  const waited = recipe.scheduleAfterWarmup ? warmupEpochs : 0;
  return learningRate * factorAt(schedule, time - waited, epochs - waited);
}

/** Steps of the whole run: whole batches, so that at least `epochs` epochs are seen. */
export const stepsIn = ({ recipe, trainExamples }: SchedulePlan): number =>
  Math.max(1, Math.ceil((recipe.epochs * trainExamples) / recipe.batch - 1e-9));
