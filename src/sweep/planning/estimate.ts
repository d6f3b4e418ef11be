import { UserError } from '../../base/errors.ts';
import { paperTeraflopSecondDays } from '../../base/paper-compute.ts';
import { stepsIn } from '../../config/recipe.ts';
import type { RunConfig } from '../../config/run.ts';
import { stepsByStage, trainingStages } from '../../config/stages.ts';
import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';

/** Exact counts of one optimizer step and one evaluated example, from the recorded graph. */
export interface RunCounts {
  readonly parameters: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  readonly evaluationFlopsPerExample: number;
  /** What a step costs in each stage, where the image size changes; the costs above are those at the size of the data. */
  readonly stages?: readonly StageCost[];
}

/** What a step costs in a stage of a run. */
export interface StageCost {
  /** The first step of the stage, from 0. */
  readonly fromStep: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
}

/** How many images there are. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** How long the parts of a run take on this machine, with the wait for images. */
export interface RunTiming {
  /** From the start of the process to the first step. */
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly evaluationSecondsPerExample: number;
}

/** What a plan is estimated with; the command line, which alone may count networks and open data, passes it in. */
export interface Estimator {
  readonly count: (config: RunConfig, size: DataSize) => RunCounts;
  readonly size: (data: RunConfig['data']) => DataSize;
  /** FLOP/s of a run of this network, undefined if none is stated or measured. */
  readonly flopPerSecond: (network: string) => number | undefined;
  /** Times measured on this machine, undefined where none were; they count instead of a speed. */
  readonly timing?: (config: RunConfig) => RunTiming | undefined;
  /** Per hour of a run. */
  readonly price?: number | undefined;
}

/** What a run may cost at most: to the end of its epochs or its budget. A run that reaches its level earlier ends there. */
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
  /** As the paper counts it: src/base/paper-compute.ts. */
  readonly paperTeraflopSecondDays: number;
  readonly evaluationFlops: number;
  readonly flopPerSecond: number | null;
  /** Training and evaluation at that speed; null if no speed is known. */
  readonly seconds: number | null;
  readonly cost: number | null;
  /** Where the times were measured on this machine. */
  readonly timing?: RunTiming;
}

/** Parts of a recipe that change the number of steps or their size, but not what a step computes. */
const withoutEffect = new Set([
  'epochs',
  'learningRate',
  'schedule',
  'schedulePer',
  'warmupEpochs',
  'warmupStart',
  'scheduleAfterWarmup',
  'augmentation',
]);

/** The first steps of the stages depend on the length of the run. */
const lengthOf = ({ recipe, data }: RunConfig, { trainExamples }: DataSize) =>
  trainingStages({ recipe, data }).length > 0 ? [recipe.epochs, trainExamples] : [];

/** Equal for runs with steps that compute the same. */
export const countKey = (config: RunConfig, size: DataSize): string =>
  JSON.stringify([
    config.network,
    Object.entries(config.recipe).filter(([key]) => !withoutEffect.has(key)),
    config.data.input,
    size.classes,
    lengthOf(config, size),
  ]);

/** A cache: computes the value of each key once. */
function cached<T>(): (key: string, ask: () => T) => T {
  const known = new Map<string, T>();
  return (key, ask) => {
    const value = known.get(key) ?? ask();
    known.set(key, value);
    return value;
  };
}

/** The steps, not rounded, that use up so many FLOPs. */
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

/** The sum over the first `steps` steps of what each costs. */
export function sumOverSteps(
  counts: RunCounts,
  steps: number,
  cost: (step: Omit<StageCost, 'fromStep'>) => number,
): number {
  if (!counts.stages) return steps * cost(counts);
  const byStage = stepsByStage(counts.stages, 0, steps);
  return counts.stages.reduce((total, stage, index) => total + byStage[index]! * cost(stage), 0);
}

/** Whole steps to the end of the epochs, or until a budget is spent, whichever comes first. */
function stepsOf({ recipe, budget }: RunConfig, size: DataSize, counts: RunCounts, rate: number | undefined): number {
  const all = stepsIn(recipe, size.trainExamples);
  const limits = [
    (budget.examples ?? Infinity) / recipe.batch,
    stepsForFlops(counts, budget.flops ?? Infinity),
    rate === undefined ? Infinity : stepsForFlops(counts, (budget.hours ?? Infinity) * 3600 * rate),
  ];
  return Math.min(all, ...limits.map((steps) => Math.ceil(steps)));
}

function evaluationsOf({ evaluateEvery, recipe }: RunConfig, size: DataSize, steps: number): number {
  const every = 'examples' in evaluateEvery ? evaluateEvery.examples : evaluateEvery.epochs * size.trainExamples;
  return Math.ceil((steps * recipe.batch) / every - 1e-9);
}

function estimateRun(
  run: PlannedRun,
  size: DataSize,
  counts: RunCounts,
  { flopPerSecond, timing: timingOf, price }: Estimator,
): RunEstimate {
  const { config, id, network, published, seed, anchor } = run;
  const timing = timingOf?.(config);
  // The first stage is the one that is timed.
  const timedFlops = (counts.stages?.[0] ?? counts).stepFlops;
  const rate = timing ? timedFlops / timing.stepSeconds : flopPerSecond(network);
  const steps = stepsOf(config, size, counts, rate);
  const examples = steps * config.recipe.batch;
  const trainingFlops = sumOverSteps(counts, steps, ({ stepFlops }) => stepFlops);
  const evaluated = evaluationsOf(config, size, steps) * size.validationExamples;
  const evaluationFlops = evaluated * counts.evaluationFlopsPerExample;
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
    seconds,
    cost: seconds === null || price === undefined ? null : (seconds / 3600) * price,
    ...(timing && { timing }),
  };
}

/** Says which run it is that cannot be counted: a network that its images are too small for. */
function withRunName<T>({ name }: PlannedRun, count: () => T): T {
  try {
    return count();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${name}: ${error.message}`, error.exitCode, { cause: error });
    throw error;
  }
}

/** What every run of a sweep may cost; networks and datasets that are alike are counted once. */
export function estimateSweep(plan: SweepPlan, estimator: Estimator): RunEstimate[] {
  const counts = cached<RunCounts>();
  const sizes = cached<DataSize>();
  return plan.runs.map((run) => {
    const { config } = run;
    const size = sizes(JSON.stringify(config.data), () => estimator.size(config.data));
    const key = countKey(config, size);
    const counted = counts(key, () => withRunName(run, () => estimator.count(config, size)));
    return estimateRun(run, size, counted, estimator);
  });
}
