import type { Recording } from '../trace/recording.ts';
import { countRecording } from './count.ts';

/** What a whole optimizer step and an evaluated example cost. */
export interface StepCosts {
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

/** Costs of a step of `parts` parts of `batch` examples each: `accumulate` runs parts - 1 times, then `train`. */
export function stepCosts(
  recordings: ReadonlyMap<string, Recording>,
  { parts, batch }: { parts: number; batch: number },
): StepCosts {
  const of = (name: string) => {
    const recording = recordings.get(name);
    if (!recording) throw new RangeError(`no recording named ${name}`);
    return countRecording(recording);
  };
  const train = of('train');
  const accumulate = parts > 1 ? of('accumulate') : undefined;
  const evaluate = of('evaluate');
  return {
    forwardMacsPerExample: train.macs.forward / batch,
    stepMacs: train.macs.step + (parts - 1) * (accumulate?.macs.step ?? 0),
    stepFlops: train.flops.step + (parts - 1) * (accumulate?.flops.step ?? 0),
    evaluationMacsPerExample: evaluate.macs.forward / batch,
    evaluationFlopsPerExample: evaluate.flops.step / batch,
  };
}
