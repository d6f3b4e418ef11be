import { paperFlops, paperTeraflopSecondDays, TERAFLOP_SECOND_DAY } from '../../base/paper-compute.ts';
import { stepsByStage } from '../../config/stages.ts';
import type { StepCounts } from '../../engine/engine.ts';

/** Training compute of some steps. */
export interface StepCompute {
  readonly macs: number;
  readonly flops: number;
  readonly paperTeraflopSecondDays: number;
}

/** The compute of so many steps of each stage. */
function computeOfStages({ stages = [], batch }: StepCounts, steps: readonly number[]): StepCompute {
  const sum = (cost: (stage: (typeof stages)[number]) => number): number =>
    stages.reduce((total, stage, index) => total + (steps[index] ?? 0) * cost(stage), 0);
  return {
    macs: sum(({ stepMacs }) => stepMacs),
    flops: sum(({ stepFlops }) => stepFlops),
    paperTeraflopSecondDays:
      sum(({ forwardMacsPerExample }) => paperFlops(forwardMacsPerExample) * batch) / TERAFLOP_SECOND_DAY,
  };
}

/** The compute of `steps` steps that all cost the same; of the steps of each stage where the image size changes. */
export function computeOf(counts: StepCounts, steps: number, byStage: readonly number[] | undefined): StepCompute {
  if (counts.stages) return computeOfStages(counts, byStage ?? []);
  const { batch, stepMacs, stepFlops, forwardMacsPerExample } = counts;
  return {
    macs: steps * stepMacs,
    flops: steps * stepFlops,
    paperTeraflopSecondDays: paperTeraflopSecondDays(forwardMacsPerExample, steps * batch),
  };
}

/** The steps from `from` to before `to` of each stage; undefined where all steps cost the same. */
export const stagesBetween = ({ stages }: StepCounts, from: number, to: number): number[] | undefined =>
  stages && stepsByStage(stages, from, to);
