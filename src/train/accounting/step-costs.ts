import { paperFlops, paperTeraflopSecondDays, TERAFLOP_SECOND_DAY } from '../../base/numbers/paper-compute.ts';
import { stepsByStage } from '../../config/stages.ts';
import type { StepCounts } from '../../engine/engine.ts';

/** Training compute of a number of steps. */
export interface StepCompute {
  readonly macs: number;
  readonly flops: number;
  readonly paperTeraflopSecondDays: number;
}

/** The compute of the steps of all stages; `steps`: the number of steps of each stage. */
function computeStages({ stages = [], batch }: StepCounts, steps: readonly number[]): StepCompute {
  const sum = (cost: (stage: (typeof stages)[number]) => number): number =>
    stages.reduce((total, stage, index) => total + (steps[index] ?? 0) * cost(stage), 0);
  return {
    macs: sum(({ stepMacs }) => stepMacs),
    flops: sum(({ stepFlops }) => stepFlops),
    paperTeraflopSecondDays:
      sum(({ forwardMacsPerExample }) => paperFlops(forwardMacsPerExample) * batch) / TERAFLOP_SECOND_DAY,
  };
}

/** The compute of `steps` steps. For a run with stages, `byStage` gives the number of steps of each stage instead. */
export function computeSteps(counts: StepCounts, steps: number, byStage: readonly number[] | undefined): StepCompute {
  if (counts.stages) return computeStages(counts, byStage ?? []);
  const { batch, stepMacs, stepFlops, forwardMacsPerExample } = counts;
  return {
    macs: steps * stepMacs,
    flops: steps * stepFlops,
    paperTeraflopSecondDays: paperTeraflopSecondDays(forwardMacsPerExample, steps * batch),
  };
}

/** How many of the steps from `from` (included) to `to` (excluded) each stage has; undefined for a run without stages. */
export const countStepsByStage = ({ stages }: StepCounts, from: number, to: number): number[] | undefined =>
  stages && stepsByStage(stages, from, to);
