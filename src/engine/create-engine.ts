import type { Precision } from '../base/precision.ts';
import { stepCosts } from '../flops/step.ts';
import { countParameters } from '../nn/scope.ts';
import { AVERAGED } from '../recipe/method.ts';
import { record } from '../trace/record.ts';
import { type Recording } from '../trace/recording.ts';
import type { Engine, StepCounts } from './engine.ts';
import { optimizerAndMethods, type PlanOptions, planStep, type StepPlan } from './plan.ts';
import { checkPrecision, preparePrecision, withPrecision } from './precision.ts';
import { createEngineOver } from './running-engine.ts';
import { EagerRuntime, GraphRuntime, type Functions } from './runtimes.ts';
import { initialState, stateSpecs } from './state.ts';
import { evaluationStep, methodSteps, trainingStep } from './step.ts';

export interface EngineOptions extends PlanOptions {
  readonly seed: number;
  readonly mode: 'graph' | 'eager';
}

/** The functions that a run calls, by name. */
export function stepFunctions(plan: StepPlan): Functions {
  const averaged = optimizerAndMethods(plan).some(({ keepsAverage }) => keepsAverage === true);
  return new Map([
    ['train', trainingStep(plan)],
    ['evaluate', evaluationStep(plan)],
    ...methodSteps(plan),
    ...(averaged ? [['evaluateAveraged', evaluationStep(plan, AVERAGED)] as const] : []),
  ]);
}

/** The recordings of functions, as they are executed in a precision. */
export const recordFunctions = (functions: Functions, precision: Precision = 'float32'): Map<string, Recording> =>
  new Map([...functions].map(([name, step]) => [name, withPrecision(record(step), precision)]));

const countStep = (plan: StepPlan, recordings: ReadonlyMap<string, Recording>): StepCounts => ({
  parameters: countParameters(plan.specs),
  ...stepCosts(recordings, plan),
  batch: plan.recipe.batch,
});

/**
 * Builds the training and evaluation step of a network, with its initial weights.
 * @throws UserError exit code 78 if the network does not fit the input, the batch cannot be split for accumulation, or the
 * mode or the environment contradicts the precision; 69 if the device cannot compute in it.
 */
export function createEngine(options: EngineOptions): Engine {
  const { precision } = options.recipe;
  preparePrecision(precision, options.mode);
  const plan = planStep(options);
  const functions = stepFunctions(plan);
  const warnings = checkPrecision(precision);
  const recordings = recordFunctions(functions, precision);
  const used = new Set([...recordings.values()].flatMap(({ variables }) => variables.map(({ name }) => name)));
  // Parameters without a path to the loss have no optimizer state.
  const specs = stateSpecs(plan).filter(({ name }) => used.has(name));
  const createEager = () => new EagerRuntime(functions, recordings);
  const runtime = options.mode === 'graph' ? new GraphRuntime(recordings) : createEager();
  runtime.assign(initialState(specs, options.seed));
  return createEngineOver({
    plan,
    runtime,
    specs,
    createEager,
    counts: countStep(plan, recordings),
    seed: options.seed,
    warnings,
  });
}
