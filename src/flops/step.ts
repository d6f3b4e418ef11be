import type { Recording } from '../trace/recording.ts';
import { type Counts, countRecording } from './count.ts';

/** What a whole optimizer step and an evaluated example cost. */
export interface StepCosts {
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

/** Costs of a step that calls these recordings in turn, each with `batch` examples. */
export function stepCosts(
  recordings: ReadonlyMap<string, Recording>,
  { calls, batch }: { readonly calls: readonly string[]; readonly batch: number },
): StepCosts {
  const of = (name: string) => {
    const recording = recordings.get(name);
    if (!recording) throw new RangeError(`no recording named ${name}`);
    return countRecording(recording);
  };
  const train = of('train');
  const costs = new Map([...new Set(calls)].map((name) => [name, of(name)]));
  const sum = (cost: (counts: Counts) => number): number =>
    calls.reduce((total, name) => total + cost(costs.get(name)!), 0);
  const evaluate = of('evaluate');
  return {
    forwardMacsPerExample: train.macs.forward / batch,
    stepMacs: sum(({ macs }) => macs.step),
    stepFlops: sum(({ flops }) => flops.step),
    evaluationMacsPerExample: evaluate.macs.forward / batch,
    evaluationFlopsPerExample: evaluate.flops.step / batch,
  };
}
