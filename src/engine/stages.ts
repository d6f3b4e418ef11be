import { configError, UserError } from '../base/errors.ts';
import { stageAt } from '../config/stages.ts';
import { trainingCosts } from '../flops/step.ts';
import type { Recording } from '../trace/recording.ts';
import type { StageCounts } from './engine.ts';
import { findShapeDifference, type PlanOptions, planStep, type StepPlan } from './plan.ts';
import type { Functions } from './runtimes.ts';

/** A stage of a run: its first step, and the parts that its steps are built from. */
export interface StageOptions extends Pick<
  PlanOptions,
  'forward' | 'recipe' | 'input' | 'side' | 'padding' | 'frozen'
> {
  readonly fromStep: number;
}

/** A stage with the plan of its training step. */
export interface PlannedStage {
  readonly fromStep: number;
  readonly plan: StepPlan;
  /** The name that a function of the stage has in the session. */
  readonly nameOf: (functionName: string) => string;
}

/** @throws UserError exit code 78 if the network does not fit the image size of the stage, or has other tensors at this size. */
function planStage(whole: StepPlan, options: StageOptions): StepPlan {
  const isResized = options.input !== whole.input;
  try {
    const plan = planStep({ ...options, trainExamples: whole.trainExamples });
    const changed = findShapeDifference(whole.specs, plan.specs);
    if (!changed) return plan;
    throw configError(
      `${changed.name} would be ${changed.other}, but at ${whole.input} pixels it is ${changed.own}; the weights of this network depend on the image size: train it at one size`,
    );
  } catch (error) {
    if (!(error instanceof UserError) || !isResized) throw error;
    const place = `recipe.progressiveResizing: at ${options.input} pixels`;
    throw new UserError(`${place} ${error.message}`, error.exitCode, { cause: error });
  }
}

/**
 * Plans the training step of each stage. `whole` is the plan of the step at the size of the data.
 * @throws UserError exit code 78 if the network cannot be trained at the image size of a stage.
 */
export const planStages = (whole: StepPlan, stages: readonly StageOptions[]): PlannedStage[] =>
  stages.map((options, index) => ({
    fromStep: options.fromStep,
    plan: planStage(whole, options),
    nameOf: (functionName) => `${functionName}.${index}`,
  }));

/** The functions of a stage by their names in the session. */
export const namedFunctions = ({ nameOf }: PlannedStage, functions: Functions): Functions =>
  new Map([...functions].map(([name, step]) => [nameOf(name), step]));

/** The costs of a step in each stage. */
export const countStages = (
  stages: readonly PlannedStage[],
  recordings: ReadonlyMap<string, Recording>,
): StageCounts[] =>
  stages.map(({ fromStep, plan, nameOf }) => {
    const names = ['train', ...plan.calls];
    const recordingsOfStage = new Map(names.map((name) => [name, recordings.get(nameOf(name))!]));
    return { fromStep, input: plan.input, ...trainingCosts(recordingsOfStage, plan) };
  });

/** The plan of step number `step`, and the names that its functions have in the session. */
export function planOfStep(
  { plan, stages }: { readonly plan: StepPlan; readonly stages: readonly PlannedStage[] },
  step: number,
): { readonly plan: StepPlan; readonly calls: readonly string[] } {
  const stage = stages[stageAt(stages, step)];
  return stage ? { plan: stage.plan, calls: stage.plan.calls.map(stage.nameOf) } : { plan, calls: plan.calls };
}
