import type { RecipeConfig } from '../../config/recipe.ts';

/*
 * Written from the formulas in docs/training.md, independent of the training code: the two check each other.
 */

type Schedule = RecipeConfig['schedule'];
type Named<Name extends Schedule['name']> = Extract<Schedule, { name: Name }>;

/** Half a cosine from 1 (at 0) to 0 (at 1). */
const cosineFall = (part: number): number => 0.5 + 0.5 * Math.cos(Math.PI * part);

/**
 * Part of the present period that has passed, with periods of 1, m, m^2, ... and the time in first periods. The n-th
 * period (from 0) starts at (m^n - 1) / (m - 1).
 */
function restartedPart(time: number, multiplier: number): number {
  if (multiplier === 1) return Math.max(0, time - Math.floor(time + 1e-9));
  const n = Math.floor(Math.log1p(time * (multiplier - 1)) / Math.log(multiplier) + 1e-11);
  const length = multiplier ** n;
  return Math.max(0, (time - (length - 1) / (multiplier - 1)) / length);
}

/** The schedule's factor on the highest rate, `time` epochs into the `total` of its clock. */
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
  cosine: ({ endFraction }, time, total) => endFraction + (1 - endFraction) * cosineFall(Math.min(time / total, 1)),
  milestones: ({ at, factor }, time) => at.reduce((rate, epoch) => (time < epoch - 1e-9 ? rate : rate * factor), 1),
  warmRestarts: ({ firstEpochs, multiplier, endFraction }, time) =>
    endFraction + (1 - endFraction) * cosineFall(restartedPart(time / firstEpochs, multiplier)),
};

/** Up from 1 / startDivisor to 1 over `warmFraction` of the ticks, then down to 1 / (startDivisor x endDivisor). */
function oneCycleFactor(schedule: Named<'onecycle'>, tick: number, ticks: number): number {
  const { warmFraction, startDivisor, endDivisor } = schedule;
  const peak = warmFraction * ticks - 1;
  const [low, end] = [1 / startDivisor, 1 / (startDivisor * endDivisor)];
  if (tick <= peak) return peak === 0 ? 1 : 1 + (low - 1) * cosineFall(tick / peak);
  const part = ticks - 1 === peak ? 1 : Math.min(1, (tick - peak) / (ticks - 1 - peak));
  return end + (1 - end) * cosineFall(part);
}

function oneCycleRate(recipe: RecipeConfig, schedule: Named<'onecycle'>, place: Place): number {
  const { epochs, batch, learningRate, schedulePer } = recipe;
  const { step, examplesPerEpoch, epoch } = place;
  const steps = Math.max(1, Math.ceil((epochs * examplesPerEpoch) / batch - 1e-9));
  return schedulePer === 'epoch'
    ? learningRate * oneCycleFactor(schedule, Math.floor(epoch), Math.ceil(epochs))
    : learningRate * oneCycleFactor(schedule, step, steps);
}

interface Place {
  readonly step: number;
  readonly examplesPerEpoch: number;
  /** Epochs before the step, not rounded. */
  readonly epoch: number;
}

/**
 * The recipe's learning rate at step `step` (from 0); undefined for a schedule that this version does not know.
 * @param examplesPerEpoch training examples in one epoch
 */
export function expectedLearningRate(recipe: RecipeConfig, examplesPerEpoch: number, step: number): number | undefined {
  const { schedule, schedulePer, warmupEpochs, warmupStart, learningRate } = recipe;
  const epoch = (step * recipe.batch) / examplesPerEpoch;
  if (schedule.name === 'onecycle') return oneCycleRate(recipe, schedule, { step, examplesPerEpoch, epoch });
  const clock = schedulePer === 'epoch' ? Math.floor(epoch) : epoch;
  if (clock < warmupEpochs) {
    const part = clock / warmupEpochs;
    return learningRate * (warmupStart * (1 - part) + part);
  }
  const before = recipe.scheduleAfterWarmup ? warmupEpochs : 0;
  const factorOf = factors[schedule.name] as ((schedule: Schedule, time: number, total: number) => number) | undefined;
  return factorOf && learningRate * factorOf(schedule, clock - before, recipe.epochs - before);
}
