import { type MacsByPrecision, type Precision, PRECISIONS } from '../base/precision.ts';
import type { Recording } from '../trace/recording.ts';
import { type Counts, countRecording } from './count.ts';

/** The cost of one optimizer step and of evaluating one example. */
export interface StepCosts {
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  /** `stepMacs` by the number format of their factors. */
  readonly macsByPrecision: MacsByPrecision;
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

const sumByPrecision = (parts: readonly MacsByPrecision[]): MacsByPrecision =>
  Object.fromEntries(
    PRECISIONS.map((key) => [key, parts.reduce((sum, part) => sum + (part[key] ?? 0), 0)] as const).filter(
      ([, macs]) => macs > 0,
    ),
  );

interface StepShape {
  readonly calls: readonly string[];
  readonly batch: number;
  readonly recipe: { readonly precision: Precision };
}

/** The costs of a step that consists of `calls`, each with `batch` examples. */
export function stepCosts(
  recordings: ReadonlyMap<string, Recording>,
  { calls, batch, recipe: { precision } }: StepShape,
): StepCosts {
  const of = (name: string) => {
    const recording = recordings.get(name);
    if (!recording) throw new RangeError(`there is no recording named ${name}`);
    return countRecording(recording, precision);
  };
  const train = of('train');
  const costs = new Map([...new Set(calls)].map((name) => [name, of(name)]));
  const sum = (cost: (counts: Counts) => number): number =>
    calls.reduce((total, name) => total + cost(costs.get(name)!), 0);
  const evaluate = of('evaluate');
  return {
    forwardMacsPerExample: train.macs.forward / batch,
    stepMacs: sum(({ macs }) => macs.step),
    macsByPrecision: sumByPrecision(calls.map((name) => costs.get(name)!.macsByPrecision)),
    stepFlops: sum(({ flops }) => flops.step),
    evaluationMacsPerExample: evaluate.macs.forward / batch,
    evaluationFlopsPerExample: evaluate.flops.step / batch,
  };
}
