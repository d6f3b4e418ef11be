import type { Recording } from '../trace/recording.ts';
import { type Counts, countRecording } from './count.ts';

/** The cost of one optimizer step. */
export interface TrainingCosts {
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
}

/** The cost of one optimizer step and of evaluating one example. */
export interface StepCosts extends TrainingCosts {
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

type Recordings = ReadonlyMap<string, Recording>;

interface Calls {
  readonly calls: readonly string[];
  /** Examples in each call. */
  readonly batch: number;
}

function countNamed(recordings: Recordings, name: string): Counts {
  const recording = recordings.get(name);
  if (!recording) throw new RangeError(`there is no recording named ${name}`);
  return countRecording(recording);
}

/** The costs of a step that consists of `calls`, each with `batch` examples. */
export function trainingCosts(recordings: Recordings, { calls, batch }: Calls): TrainingCosts {
  const train = countNamed(recordings, 'train');
  const costs = new Map([...new Set(calls)].map((name) => [name, countNamed(recordings, name)]));
  const sum = (cost: (counts: Counts) => number): number =>
    calls.reduce((total, name) => total + cost(costs.get(name)!), 0);
  return {
    forwardMacsPerExample: train.macs.forward / batch,
    stepMacs: sum(({ macs }) => macs.step),
    stepFlops: sum(({ flops }) => flops.step),
  };
}

/** The costs of a training step, and of an evaluation of one example. */
export function stepCosts(recordings: Recordings, plan: Calls): StepCosts {
  const evaluate = countNamed(recordings, 'evaluate');
  return {
    ...trainingCosts(recordings, plan),
    evaluationMacsPerExample: evaluate.macs.forward / plan.batch,
    evaluationFlopsPerExample: evaluate.flops.step / plan.batch,
  };
}
