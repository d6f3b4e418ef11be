import type { FixedLevel } from '../config/level.ts';
import { evaluationInterval, reachesInterval } from '../config/evaluations.ts';
import { stepsIn } from '../config/recipe.ts';
import type { RunConfig } from '../config/run.ts';
import { accuracyAt, crossingIndex } from '../results/crossing.ts';
import type { CurvePoint, MeasurementBody } from '../results/measurement.ts';

export type Status = MeasurementBody['status'];

/** A run's config with the numbers that depend on the size of its dataset. */
export interface RunPlan {
  readonly config: RunConfig;
  readonly trainExamples: number;
  readonly steps: number;
  /** Examples between two evaluations. */
  readonly evaluateEvery: number;
  /** The level; null without a level, or if its value is not known yet, as in the run of an anchor. */
  readonly level: FixedLevel | null;
}

/** Plans a run on `trainExamples` training images. */
export function planRun(config: RunConfig, trainExamples: number): RunPlan {
  const { level, recipe } = config;
  return {
    config,
    trainExamples,
    steps: stepsIn(recipe, trainExamples),
    evaluateEvery: evaluationInterval(config, trainExamples),
    level: level?.value === undefined ? null : { ...level, value: level.value },
  };
}

/** Whether an evaluation follows after `step` steps: after the last step, and after each step that reaches a multiple of `evaluateEvery`. */
export function isEvaluationDue({ config, evaluateEvery, steps }: RunPlan, step: number): boolean {
  if (step <= 0) return false;
  return step >= steps || reachesInterval(step, config.recipe.batch, evaluateEvery);
}

/** The work of a run so far, to compare with its budget. */
export interface Usage {
  readonly steps: number;
  readonly examples: number;
  readonly flops: number;
  readonly seconds: number;
}

/** Whether any limit of the run's budget is used up. */
export function isBudgetSpent({ config: { budget } }: RunPlan, usage: Usage): boolean {
  return (
    usage.examples >= (budget.examples ?? Infinity) ||
    usage.flops >= (budget.flops ?? Infinity) ||
    usage.seconds >= (budget.hours ?? Infinity) * 3600
  );
}

/** Called after an evaluation. Returns the status if the run ends here; undefined if it continues. */
export function findEndReason(plan: RunPlan, curve: readonly CurvePoint[], usage: Usage): Status | undefined {
  const { level, config } = plan;
  if (level && config.stopAt === 'level' && crossingIndex(curve, level) >= 0) return 'reachedLevel';
  if (usage.steps >= plan.steps) return 'finished';
  return isBudgetSpent(plan, usage) ? 'outOfBudget' : undefined;
}

/**
 * A warning for readers of the result if the run was extended: it has an evaluation where it ended before, and the level may be reached
 * there. Undefined if every evaluation is where the config asks for one.
 */
export function describeExtension(plan: RunPlan, curve: readonly CurvePoint[]): string | undefined {
  const ends = curve.slice(0, -1).filter(({ steps }) => !isEvaluationDue(plan, steps));
  if (ends.length === 0) return undefined;
  const steps = ends.map((point) => point.steps).join(', ');
  return `the run was extended: it also has an evaluation where it ended before (after step ${steps}), which a run that was longer from the start does not have`;
}

/** The accuracy that decides which checkpoint is the best: that of the level's metric, or top-1 without a level. */
export const checkpointScore = ({ config }: RunPlan, point: CurvePoint): number =>
  accuracyAt(point, config.level?.metric ?? 'top1');

interface EvaluatedState {
  readonly curve: readonly CurvePoint[];
  readonly best: number | null;
  readonly evaluatedAt: number;
  readonly ledger: { readonly steps: number };
}

/** Whether the last evaluation was at the current step and is the best so far. Of equal evaluations, the first one is the best. */
export function isBestPoint(plan: RunPlan, state: EvaluatedState): boolean {
  const { curve, best, evaluatedAt, ledger } = state;
  if (best === null || evaluatedAt !== ledger.steps) return false;
  const first = curve.findIndex((point) => checkpointScore(plan, point) === best);
  return first >= 0 && first === curve.length - 1;
}
