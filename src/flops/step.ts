import { type MacsByPrecision, type Precision, PRECISIONS } from '../base/precision.ts';
import type { Recording } from '../trace/recording.ts';
import { type Counts, countRecording } from './count.ts';

/** The cost of one training step, for its whole batch. */
export interface TrainingCosts {
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  /** `stepMacs` by the number format of the factors. */
  readonly macsByPrecision?: MacsByPrecision;
}

/** The cost of one training step, and of the evaluation of one example. */
export interface StepCosts extends TrainingCosts {
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

/** Recordings of a step's functions, by name. */
type Recordings = ReadonlyMap<string, Recording>;

interface Calls {
  /** The functions that a step calls, in order. */
  readonly calls: readonly string[];
  /** Examples in each call. */
  readonly batch: number;
  readonly recipe: { readonly precision: Precision };
}

function countNamed(recordings: Recordings, name: string, precision: Precision): Counts {
  const recording = recordings.get(name);
  if (!recording) throw new RangeError(`the recording ${name} does not exist`);
  return countRecording(recording, precision);
}

const sumByPrecision = (parts: readonly MacsByPrecision[]): MacsByPrecision =>
  Object.fromEntries(
    PRECISIONS.map((key) => [key, parts.reduce((sum, part) => sum + (part[key] ?? 0), 0)] as const).filter(
      ([, macs]) => macs > 0,
    ),
  );

/**
 * The costs of a training step that consists of `calls`, each with `batch` examples.
 * @throws RangeError if a called function has no recording.
 */
export function trainingCosts(recordings: Recordings, { calls, batch, recipe: { precision } }: Calls): TrainingCosts {
  const train = countNamed(recordings, 'train', precision);
  const costs = new Map([...new Set(calls)].map((name) => [name, countNamed(recordings, name, precision)]));
  const sum = (cost: (counts: Counts) => number): number =>
    calls.reduce((total, name) => total + cost(costs.get(name)!), 0);
  return {
    forwardMacsPerExample: train.macs.forward / batch,
    stepMacs: sum(({ macs }) => macs.step),
    macsByPrecision: sumByPrecision(calls.map((name) => costs.get(name)!.macsByPrecision)),
    stepFlops: sum(({ flops }) => flops.step),
  };
}

/**
 * The costs of a training step, and of the evaluation of one example.
 * @throws RangeError if a called function or `evaluate` has no recording.
 */
export function stepCosts(recordings: Recordings, plan: Calls): StepCosts {
  const evaluate = countNamed(recordings, 'evaluate', plan.recipe.precision);
  return {
    ...trainingCosts(recordings, plan),
    evaluationMacsPerExample: evaluate.macs.forward / plan.batch,
    evaluationFlopsPerExample: evaluate.flops.step / plan.batch,
  };
}
