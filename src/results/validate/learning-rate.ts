import type { RecipeConfig } from '../../config/recipe.ts';

/*
 * The schedules, written again from the formulas in docs/training.md, without the code that trains. So an error in one of the two
 * is found.
 */

type Schedule = RecipeConfig['schedule'];
type Named<Name extends Schedule['name']> = Extract<Schedule, { name: Name }>;

/** Half a cosine, from 1 at fraction 0 to 0 at fraction 1. */
const cosineDecay = (fraction: number): number => 0.5 + 0.5 * Math.cos(Math.PI * fraction);

/**
 * The fraction of the current period that has passed (Loshchilov & Hutter 2017, "SGDR"). Time is in units of the first period.
 * The periods last 1, m, m^2, ..., so period n (from 0) starts at (m^n - 1) / (m - 1).
 */
function fractionOfPeriod(time: number, multiplier: number): number {
  if (multiplier === 1) return Math.max(0, time - Math.floor(time + 1e-9));
  const n = Math.floor(Math.log1p(time * (multiplier - 1)) / Math.log(multiplier) + 1e-11);
  const length = multiplier ** n;
  return Math.max(0, (time - (length - 1) / (multiplier - 1)) / length);
}

/** The factor on the highest learning rate after `time` of `total` epochs, by schedule. */
const factors: {
  readonly [Name in Exclude<Schedule['name'], 'onecycle'>]: (
    schedule: Named<Name>,
    time: number,
    total: number,
  ) => number;
} = {
  constant: () => 1,
  step: ({ everyEpochs, factor }, time) => factor ** Math.floor(time / everyEpochs + 1e-9),
  exponential: ({ totalReduction }, time, total) => 1 / totalReduction ** Math.min(time / total, 1),
  polynomial: ({ power, endFraction }, time, total) =>
    endFraction + (1 - endFraction) * Math.max(0, 1 - time / total) ** power,
  cosine: ({ endFraction }, time, total) => endFraction + (1 - endFraction) * cosineDecay(Math.min(time / total, 1)),
  milestones: ({ at, factor }, time) => at.reduce((rate, epoch) => (time < epoch - 1e-9 ? rate : rate * factor), 1),
  warmRestarts: ({ firstEpochs, multiplier, endFraction }, time) =>
    endFraction + (1 - endFraction) * cosineDecay(fractionOfPeriod(time / firstEpochs, multiplier)),
};

/**
 * The factor rises from 1 / startDivisor to 1 during `warmFraction` of the ticks, then falls to 1 / (startDivisor x
 * endDivisor) (Smith & Topin 2018, as torch.optim.lr_scheduler.OneCycleLR). A tick is a step or an epoch.
 */
function oneCycleFactor(schedule: Named<'onecycle'>, tick: number, ticks: number): number {
  const { warmFraction, startDivisor, endDivisor } = schedule;
  const peak = warmFraction * ticks - 1;
  const [low, end] = [1 / startDivisor, 1 / (startDivisor * endDivisor)];
  if (tick <= peak) return peak === 0 ? 1 : 1 + (low - 1) * cosineDecay(tick / peak);
  const fraction = ticks - 1 === peak ? 1 : Math.min(1, (tick - peak) / (ticks - 1 - peak));
  return end + (1 - end) * cosineDecay(fraction);
}

function oneCycleRate(recipe: RecipeConfig, schedule: Named<'onecycle'>, position: StepPosition): number {
  const { epochs, batch, learningRate, schedulePer } = recipe;
  const { step, examplesPerEpoch, epoch } = position;
  const steps = Math.max(1, Math.ceil((epochs * examplesPerEpoch) / batch - 1e-9));
  return schedulePer === 'epoch'
    ? learningRate * oneCycleFactor(schedule, Math.floor(epoch), Math.ceil(epochs))
    : learningRate * oneCycleFactor(schedule, step, steps);
}

/** A step of a run. */
interface StepPosition {
  /** From 0. */
  readonly step: number;
  readonly examplesPerEpoch: number;
  /** Epochs before the step, not rounded. */
  readonly epoch: number;
}

/**
 * The recipe's learning rate at step `step` (from 0); undefined for a schedule that this version does not know.
 * @param examplesPerEpoch training examples in one epoch.
 */
export function expectedLearningRate(recipe: RecipeConfig, examplesPerEpoch: number, step: number): number | undefined {
  const { schedule, schedulePer, warmupEpochs, warmupStart, learningRate } = recipe;
  const epoch = (step * recipe.batch) / examplesPerEpoch;
  if (schedule.name === 'onecycle') return oneCycleRate(recipe, schedule, { step, examplesPerEpoch, epoch });
  const clock = schedulePer === 'epoch' ? Math.floor(epoch) : epoch;
  if (clock < warmupEpochs) {
    const fraction = clock / warmupEpochs;
    return learningRate * (warmupStart * (1 - fraction) + fraction);
  }
  const startEpoch = recipe.scheduleAfterWarmup ? warmupEpochs : 0;
  const computeFactor = factors[schedule.name] as
    ((schedule: Schedule, time: number, total: number) => number) | undefined;
  return computeFactor && learningRate * computeFactor(schedule, clock - startEpoch, recipe.epochs - startEpoch);
}
