import { UserError } from '../../base/errors.ts';
import { paperTeraflopSecondDays } from '../../base/numbers/paper-compute.ts';
import { checkReach } from '../../config/reach.ts';
import { countEvaluations, evaluationInterval } from '../../config/evaluations.ts';
import { isAveraged, stepsIn } from '../../config/recipe.ts';
import type { RunConfig } from '../../config/run.ts';
import { stepsByStage, trainingStages } from '../../config/stages.ts';
import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';

/** Exact counts of one training step and one evaluated example, from the recorded graph. */
export interface RunCounts {
  readonly parameters: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  readonly evaluationFlopsPerExample: number;
  /** The cost of a step in each stage, if the step changes during the run. The costs above are those for `data.input`. */
  readonly stages?: readonly StageCost[];
}

/** The cost of a step in a stage of a run. */
export interface StageCost {
  /** The first step of the stage, from 0. */
  readonly fromStep: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
}

/** The size of a dataset. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** The times of the parts of a run on this machine, including the wait for images. */
export interface RunTiming {
  /** From the start of the process to the first step. */
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** For all sets of weights that the run evaluates. */
  readonly evaluationSecondsPerExample: number;
}

/** The speed of a run. */
export interface Speed {
  readonly flopPerSecond: number;
  /** What it was measured on: equal steps, other steps of the same network, or other networks; `stated`: the user named it. */
  readonly of: 'sameStep' | 'sameNetwork' | 'otherNetworks' | 'stated';
}

/** The inputs of an estimate. The caller passes them in, because this room may not count networks or open datasets. */
export interface Estimator {
  readonly count: (config: RunConfig, size: DataSize) => RunCounts;
  readonly size: (data: RunConfig['data']) => DataSize;
  /** The speed of a run; undefined if unknown. */
  readonly speed: (run: Pick<PlannedRun, 'network' | 'config'>, counts: RunCounts) => Speed | undefined;
  /** Times of a run that were measured on this machine; undefined if there are none. They replace `speed`. */
  readonly timing?: (config: RunConfig) => RunTiming | undefined;
  /** Price of one hour of one run. */
  readonly price?: number | undefined;
}

/** Upper bounds of a run, to the end of its epochs or its budget. A run that reaches its level ends earlier. */
export interface RunEstimate extends RunCounts {
  readonly id: string;
  readonly network: string;
  readonly published: string;
  readonly seed: number;
  readonly anchor: string | null;
  readonly steps: number;
  readonly examples: number;
  readonly trainingMacs: number;
  readonly trainingFlops: number;
  /** Training compute as the paper counts it: src/base/numbers/paper-compute.ts. */
  readonly paperTeraflopSecondDays: number;
  /** A run that keeps averaged weights evaluates each image twice: with them and with the trained weights. */
  readonly evaluationFlops: number;
  readonly flopPerSecond: number | null;
  /** What the speed was measured on; null if it is unknown, or if `timing` replaces it. */
  readonly speedOf: Speed['of'] | null;
  /** Training and evaluation; null if no speed is known. */
  readonly seconds: number | null;
  /** Null without a price or a speed. */
  readonly cost: number | null;
  /** The times that were measured on this machine, if any. */
  readonly timing?: RunTiming;
}

/** Keys of a recipe that do not change what a step or an evaluation computes. */
const keysWithoutEffect = new Set([
  'epochs',
  'learningRate',
  'schedule',
  'schedulePer',
  'warmupEpochs',
  'warmupStart',
  'scheduleAfterWarmup',
  // Images are changed before they are fed. `countKey` adds the size at which they are evaluated.
  'augmentation',
]);

/** The length of a run with stages, because the first steps of its stages depend on it. */
const stageLength = ({ recipe, data }: RunConfig, { trainExamples }: DataSize) =>
  trainingStages({ recipe, data }).length > 0 ? [recipe.epochs, trainExamples] : [];

/** A key that is equal for runs with steps and evaluations that compute the same. */
export const countKey = (config: RunConfig, size: DataSize): string =>
  JSON.stringify([
    config.network,
    Object.entries(config.recipe).filter(([key]) => !keysWithoutEffect.has(key)),
    config.data.input,
    config.recipe.augmentation.evaluationInput,
    size.classes,
    stageLength(config, size),
  ]);

/** Creates a cache, which computes the value of each key once. */
function createCache<T>(): (key: string, compute: () => T) => T {
  const known = new Map<string, T>();
  return (key, compute) => {
    const value = known.get(key) ?? compute();
    known.set(key, value);
    return value;
  };
}

/** The number of steps, not rounded, that use up a number of FLOPs. */
function stepsForFlops({ stages, stepFlops }: RunCounts, flops: number): number {
  if (!stages) return flops / stepFlops;
  let left = flops;
  for (const [index, stage] of stages.entries()) {
    const steps = (stages[index + 1]?.fromStep ?? Infinity) - stage.fromStep;
    if (left <= steps * stage.stepFlops) return stage.fromStep + left / stage.stepFlops;
    left -= steps * stage.stepFlops;
  }
  return Infinity;
}

/** The sum of a cost over the first `steps` steps. */
export function sumOverSteps(
  counts: RunCounts,
  steps: number,
  cost: (step: Omit<StageCost, 'fromStep'>) => number,
): number {
  if (!counts.stages) return steps * cost(counts);
  const byStage = stepsByStage(counts.stages, 0, steps);
  return counts.stages.reduce((total, stage, index) => total + byStage[index]! * cost(stage), 0);
}

/** The number of steps to the end of the epochs or until a budget is spent, whichever comes first. `rate`: FLOP/s. */
function countRunSteps(
  { recipe, budget }: RunConfig,
  size: DataSize,
  counts: RunCounts,
  rate: number | undefined,
): number {
  const all = stepsIn(recipe, size.trainExamples);
  const limits = [
    (budget.examples ?? Infinity) / recipe.batch,
    stepsForFlops(counts, budget.flops ?? Infinity),
    rate === undefined ? Infinity : stepsForFlops(counts, (budget.hours ?? Infinity) * 3600 * rate),
  ];
  return Math.min(all, ...limits.map((steps) => Math.ceil(steps)));
}

/** The number of evaluated images. */
function countEvaluated(config: RunConfig, size: DataSize, steps: number): number {
  const interval = evaluationInterval(config, size.trainExamples);
  return countEvaluations(steps, config.recipe.batch, interval) * size.validationExamples;
}

function estimateRun(
  run: PlannedRun,
  size: DataSize,
  counts: RunCounts,
  { speed: speedOf, timing: timingOf, price }: Estimator,
): RunEstimate {
  const { config, id, network, published, seed, anchor } = run;
  const timing = timingOf?.(config);
  // The timing is that of the first stage.
  const timedFlops = (counts.stages?.[0] ?? counts).stepFlops;
  const speed = timing ? undefined : speedOf(run, counts);
  const rate = timing ? timedFlops / timing.stepSeconds : speed?.flopPerSecond;
  const steps = countRunSteps(config, size, counts, rate);
  const examples = steps * config.recipe.batch;
  const trainingFlops = sumOverSteps(counts, steps, ({ stepFlops }) => stepFlops);
  const evaluated = countEvaluated(config, size, steps);
  const passes = isAveraged(config.recipe) ? 2 : 1;
  const evaluationFlops = passes * evaluated * counts.evaluationFlopsPerExample;
  const seconds = timing
    ? timing.startSeconds + trainingFlops / rate! + evaluated * timing.evaluationSecondsPerExample
    : rate === undefined
      ? null
      : (trainingFlops + evaluationFlops) / rate;
  return {
    ...{ id, network, published, seed, anchor, ...counts, steps, examples, trainingFlops },
    trainingMacs: sumOverSteps(counts, steps, ({ stepMacs }) => stepMacs),
    paperTeraflopSecondDays: counts.stages
      ? sumOverSteps(counts, steps, ({ forwardMacsPerExample }) =>
          paperTeraflopSecondDays(forwardMacsPerExample, config.recipe.batch),
        )
      : paperTeraflopSecondDays(counts.forwardMacsPerExample, examples),
    evaluationFlops,
    flopPerSecond: rate ?? null,
    speedOf: speed?.of ?? null,
    seconds,
    cost: seconds === null || price === undefined ? null : (seconds / 3600) * price,
    ...(timing && { timing }),
  };
}

/** Adds the run's name to an error, such as images that are too small for the network. */
function withRunName<T>({ name }: PlannedRun, count: () => T): T {
  try {
    return count();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${name}: ${error.message}`, error.exitCode, { cause: error });
    throw error;
  }
}

/** Estimates every run of a sweep. Equal steps and equal datasets are counted once. @throws UserError as the estimator. */
export function estimateSweep(plan: SweepPlan, estimator: Estimator): RunEstimate[] {
  const counts = createCache<RunCounts>();
  const sizes = createCache<DataSize>();
  return plan.runs.map((run) => {
    const { config } = run;
    const size = sizes(JSON.stringify(config.data), () => estimator.size(config.data));
    withRunName(run, () => {
      checkReach(config, size);
    });
    const key = countKey(config, size);
    const counted = counts(key, () => withRunName(run, () => estimator.count(config, size)));
    return estimateRun(run, size, counted, estimator);
  });
}
