import type { FixedLevel } from '../config/level.ts';
import { stepsIn } from '../config/recipe.ts';
import type { RunConfig } from '../config/run.ts';
import { accuracyAt, crossingIndex } from '../results/crossing.ts';
import type { CurvePoint, MeasurementBody } from '../results/measurement.ts';

export type Status = MeasurementBody['status'];

/** What a run's config means for a dataset of so many examples. */
export interface RunPlan {
  readonly config: RunConfig;
  readonly trainExamples: number;
  readonly steps: number;
  /** Examples from one evaluation to the next. */
  readonly evaluateEvery: number;
  /** The level, once its value is known: an anchor trains to its end and has none. */
  readonly level: FixedLevel | null;
}

export function planRun(config: RunConfig, trainExamples: number): RunPlan {
  const { evaluateEvery: every, level, recipe } = config;
  return {
    config,
    trainExamples,
    steps: stepsIn(recipe, trainExamples),
    evaluateEvery: 'examples' in every ? every.examples : every.epochs * trainExamples,
    level: level?.value === undefined ? null : { ...level, value: level.value },
  };
}

/** Whether the validation set is due after so many steps: the first step at or beyond a multiple of `evaluateEvery`. */
export function evaluationDue({ config, evaluateEvery, steps }: RunPlan, step: number): boolean {
  if (step <= 0) return false;
  const { batch } = config.recipe;
  // The small addend makes a third of an epoch, three times, a whole one.
  const passed = (after: number): number => Math.floor((after * batch) / evaluateEvery + 1e-9);
  return step >= steps || passed(step) > passed(step - 1);
}

/** What is used up so far, to be held against the budget. */
export interface Spent {
  readonly steps: number;
  readonly examples: number;
  readonly flops: number;
  readonly seconds: number;
}

export function isBudgetSpent({ config: { budget } }: RunPlan, spent: Spent): boolean {
  return (
    spent.examples >= (budget.examples ?? Infinity) ||
    spent.flops >= (budget.flops ?? Infinity) ||
    spent.seconds >= (budget.hours ?? Infinity) * 3600
  );
}

/** Why a run ends here, after an evaluation; undefined where it goes on. */
export function endReasonOf(plan: RunPlan, curve: readonly CurvePoint[], spent: Spent): Status | undefined {
  const { level, config } = plan;
  if (level && config.stopAt === 'level' && crossingIndex(curve, level) >= 0) return 'reachedLevel';
  if (spent.steps >= plan.steps) return 'finished';
  return isBudgetSpent(plan, spent) ? 'outOfBudget' : undefined;
}

/** The accuracy that the best checkpoint is chosen by: the level's metric, else top-1. */
export const scoreOf = ({ config }: RunPlan, point: CurvePoint): number =>
  accuracyAt(point, config.level?.metric ?? 'top1');

interface EvaluatedState {
  readonly curve: readonly CurvePoint[];
  readonly best: number | null;
  readonly evaluatedAt: number;
  readonly ledger: { readonly steps: number };
}

/** Whether a run stands at the evaluation that is its best so far, the first of equal ones. */
export function isBestPoint(plan: RunPlan, state: EvaluatedState): boolean {
  const { curve, best, evaluatedAt, ledger } = state;
  if (best === null || evaluatedAt !== ledger.steps) return false;
  const first = curve.findIndex((point) => scoreOf(plan, point) === best);
  return first >= 0 && first === curve.length - 1;
}
