import type { Precision } from '../base/precision.ts';
import { stepCosts } from '../flops/step.ts';
import { withDeterministicLoss } from '../nn/layers/loss.ts';
import { countParameters, type TensorSpec } from '../nn/scope.ts';
import type { SessionOptions } from '../runtime/session-options.ts';
import { nativeBackend } from '../runtime/tensorflow.ts';
import type { InitialImages } from '../nn/whitening.ts';
import { AVERAGED } from '../recipe/method.ts';
import { record } from '../trace/record.ts';
import { type Recording } from '../trace/recording.ts';
import { requireDeterministicKernels } from './determinism.ts';
import type { Engine, StageCounts, StepCounts } from './engine.ts';
import { optimizerAndMethods, type PlanOptions, planStep, type StepPlan } from './plan.ts';
import { checkPrecision, preparePrecision, withPrecision } from './precision.ts';
import { createRunningEngine } from './running-engine.ts';
import { EagerRuntime, GraphRuntime, type Functions } from './runtimes.ts';
import { initialValues, stateSpecs } from './state.ts';
import { countStages, namedFunctions, type PlannedStage, planStages, type StageOptions } from './stages.ts';
import { evaluationStep, methodSteps, trainingStep } from './step.ts';

/** What an engine is created from. */
export interface EngineOptions extends PlanOptions {
  readonly seed: number;
  readonly mode: 'graph' | 'eager';
  /** Returns the initial weights of the network's tensors, by name, in PyTorch's layout; default: random weights from the seed. */
  readonly initialWeights?: (specs: readonly TensorSpec[]) => ReadonlyMap<string, Float32Array>;
  readonly session?: SessionOptions;
  /** The stages of the run, if its training step changes (docs/training.md). All steps share the variables. */
  readonly stages?: readonly StageOptions[];
  /** Training images from which initial weights are computed. */
  readonly initialImages?: InitialImages | undefined;
}

/** The functions with a deterministic loss, if the recipe asks for it; otherwise unchanged. */
function withLossKind({ recipe }: StepPlan, functions: Functions): Functions {
  if (recipe.deterministic === undefined) return functions;
  return new Map([...functions].map(([name, step]) => [name, (inputs) => withDeterministicLoss(() => step(inputs))]));
}

/** The functions that a training step calls, by name. */
const trainingFunctions = (plan: StepPlan): Functions =>
  withLossKind(plan, new Map([['train', trainingStep(plan)], ...methodSteps(plan)]));

/** The functions of an evaluation, by name. */
function evaluationFunctions(plan: StepPlan): Functions {
  const hasAverage = optimizerAndMethods(plan).some(({ keepsAverage }) => keepsAverage === true);
  const functions: Functions = new Map([
    ['evaluate', evaluationStep(plan)],
    ...(hasAverage ? [['evaluateAveraged', evaluationStep(plan, AVERAGED)] as const] : []),
  ]);
  return withLossKind(plan, functions);
}

/** The functions that a run without stages calls, by name. */
export const stepFunctions = (plan: StepPlan): Functions =>
  new Map([...trainingFunctions(plan), ...evaluationFunctions(plan)]);

/** Records functions as they are executed in a precision. */
export const recordFunctions = (functions: Functions, precision: Precision = 'float32'): Map<string, Recording> =>
  new Map([...functions].map(([name, step]) => [name, withPrecision(record(step), precision)]));

/** The functions of all stages, by their names in the session. */
const stagedFunctions = (stages: readonly PlannedStage[]): Functions =>
  new Map(stages.flatMap((stage) => [...namedFunctions(stage, trainingFunctions(stage.plan))]));

/** Plans, records and counts the training step of each stage. @throws UserError as `planStages`. */
export function countStageSteps(plan: StepPlan, options: readonly StageOptions[]): StageCounts[] {
  const stages = planStages(plan, options);
  return countStages(stages, recordFunctions(stagedFunctions(stages), plan.recipe.precision));
}

/**
 * Builds the training and evaluation steps of a network, with its initial weights.
 * @throws UserError exit code 78 if the network does not fit the input, the batch cannot be split for accumulation, or the recipe
 * asks for determinism and an op has no deterministic kernel on this GPU; 69 if the device cannot compute in the precision.
 */
export function createEngine(options: EngineOptions): Engine {
  const { precision } = options.recipe;
  preparePrecision(precision, options.mode);
  const plan = planStep(options);
  const warnings = checkPrecision(precision);
  const stages = planStages(plan, options.stages ?? []);
  const withoutStages = recordFunctions(stepFunctions(plan), precision);
  const functions =
    stages.length === 0 ? stepFunctions(plan) : new Map([...evaluationFunctions(plan), ...stagedFunctions(stages)]);
  const recordings = stages.length === 0 ? withoutStages : recordFunctions(functions, precision);
  const counts: StepCounts = {
    parameters: countParameters(plan.specs),
    ...stepCosts(withoutStages, plan),
    batch: plan.recipe.batch,
    ...(stages.length === 0 ? {} : { stages: countStages(stages, recordings) }),
  };
  const usedNames = new Set([...recordings.values()].flatMap(({ variables }) => variables.map(({ name }) => name)));
  // Parameters without a path to the loss have no optimizer state.
  const specs = stateSpecs(plan).filter(({ name }) => usedNames.has(name));
  const createEager = () => new EagerRuntime(functions, recordings);
  if (options.recipe.deterministic && nativeBackend().isUsingGpuDevice) requireDeterministicKernels(recordings);
  const runtime = options.mode === 'graph' ? new GraphRuntime(recordings, options.session) : createEager();
  const { seed, initialImages: images, initialWeights } = options;
  const given = {
    ...(images && { images: { images, normalization: plan.recipe.augmentation } }),
    ...(initialWeights && { weights: initialWeights(plan.specs) }),
  };
  runtime.assign(initialValues(specs, seed, given));
  return createRunningEngine({ plan, stages, runtime, specs, createEager, counts, seed, warnings });
}
