import { stepCosts } from '../flops/step.ts';
import { withDeterministicLoss } from '../nn/layers/loss.ts';
import { countParameters } from '../nn/scope.ts';
import type { SessionOptions } from '../runtime/session-options.ts';
import { nativeBackend } from '../runtime/tensorflow.ts';
import { AVERAGED } from '../recipe/method.ts';
import { record } from '../trace/record.ts';
import { type Recording } from '../trace/recording.ts';
import type { Engine, StepCounts } from './engine.ts';
import { requireDeterministicKernels } from './determinism.ts';
import { optimizerAndMethods, type PlanOptions, planStep, type StepPlan } from './plan.ts';
import { createEngineOver } from './running-engine.ts';
import { EagerRuntime, GraphRuntime, type Functions } from './runtimes.ts';
import { initialState, stateSpecs } from './state.ts';
import { evaluationStep, methodSteps, trainingStep } from './step.ts';

export interface EngineOptions extends PlanOptions {
  readonly seed: number;
  readonly mode: 'graph' | 'eager';
  readonly session?: SessionOptions;
}

/** The functions that a run calls, by name. */
export function stepFunctions(plan: StepPlan): Functions {
  const averaged = optimizerAndMethods(plan).some(({ keepsAverage }) => keepsAverage === true);
  const functions: Functions = new Map([
    ['train', trainingStep(plan)],
    ['evaluate', evaluationStep(plan)],
    ...methodSteps(plan),
    ...(averaged ? [['evaluateAveraged', evaluationStep(plan, AVERAGED)] as const] : []),
  ]);
  if (plan.recipe.deterministic === undefined) return functions;
  return new Map([...functions].map(([name, step]) => [name, (inputs) => withDeterministicLoss(() => step(inputs))]));
}

export const recordFunctions = (functions: Functions): Map<string, Recording> =>
  new Map([...functions].map(([name, step]) => [name, record(step)]));

const countStep = (plan: StepPlan, recordings: ReadonlyMap<string, Recording>): StepCounts => ({
  parameters: countParameters(plan.specs),
  ...stepCosts(recordings, plan),
  batch: plan.recipe.batch,
});

/**
 * Builds the training and evaluation step of a network, with its initial weights.
 * @throws UserError exit code 78 if the network does not fit the input, the batch cannot be split for accumulation, or an op has
 * no deterministic kernel on this GPU and the recipe asks for one.
 */
export function createEngine(options: EngineOptions): Engine {
  const plan = planStep(options);
  const functions = stepFunctions(plan);
  const recordings = recordFunctions(functions);
  const used = new Set([...recordings.values()].flatMap(({ variables }) => variables.map(({ name }) => name)));
  // Parameters without a path to the loss have no optimizer state.
  const specs = stateSpecs(plan).filter(({ name }) => used.has(name));
  const createEager = () => new EagerRuntime(functions, recordings);
  if (options.recipe.deterministic && nativeBackend().isUsingGpuDevice) requireDeterministicKernels(recordings);
  const runtime = options.mode === 'graph' ? new GraphRuntime(recordings, options.session) : createEager();
  runtime.assign(initialState(specs, options.seed));
  return createEngineOver({
    plan,
    runtime,
    specs,
    createEager,
    counts: countStep(plan, recordings),
    seed: options.seed,
  });
}
