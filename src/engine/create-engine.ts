import type { RecipeConfig } from '../config/recipe.ts';
import { configError } from '../base/errors.ts';
import { stepCosts } from '../flops/step.ts';
import { recordForward } from '../trace/network.ts';
import { record } from '../trace/record.ts';
import { type Recording, sizeOf } from '../trace/recording.ts';
import type { Forward } from '../nn/scope.ts';
import type { Engine, StepCounts } from './engine.ts';
import { createEngineOver } from './running-engine.ts';
import { EagerRuntime, GraphRuntime, type Functions } from './runtimes.ts';
import { createOptimizer } from './optimizer.ts';
import { initialState, stateSpecs } from './state.ts';
import { accumulatingStep, evaluationStep, type StepPlan, trainingStep } from './step.ts';
import { AVERAGED } from './update.ts';

export interface EngineOptions {
  readonly forward: Forward;
  readonly recipe: RecipeConfig;
  /** Height and width of what the network sees. */
  readonly input: number;
  /** Height and width of the training pictures as they are fed, and the zero pixels around them. */
  readonly side: number;
  readonly padding: number;
  readonly seed: number;
  readonly mode: 'graph' | 'eager';
  /** Weight of each auxiliary head's loss. */
  readonly auxiliaryWeight?: number;
}

/** The plan of one call of the step: a part of the batch where gradients are accumulated. */
export function planOf(options: EngineOptions): StepPlan {
  const { forward, recipe, input, side, padding, auxiliaryWeight = 0.3 } = options;
  const parts = recipe.gradientAccumulation;
  const batch = recipe.batch / parts;
  if (!Number.isInteger(batch))
    throw configError(
      `recipe.gradientAccumulation: ${parts} parts do not divide the batch of ${recipe.batch}; choose a divisor`,
    );
  const { specs } = recordForward(forward, { input, batch, training: true });
  return { forward, specs, recipe, batch, input, side, padding, auxiliaryWeight };
}

/** The functions that a run executes, by name. */
export function functionsOf(plan: StepPlan): Functions {
  const functions = new Map([
    ['train', trainingStep(plan)],
    ['evaluate', evaluationStep(plan)],
  ]);
  if (plan.recipe.gradientAccumulation > 1) functions.set('accumulate', accumulatingStep(plan));
  if (plan.recipe.movingAverage) functions.set('evaluateAveraged', evaluationStep(plan, AVERAGED));
  return functions;
}

export const recordFunctions = (functions: Functions): Map<string, Recording> =>
  new Map([...functions].map(([name, step]) => [name, record(step)]));

/** Parameters as PyTorch counts them: all that is trained. */
export const parametersOf = ({ specs }: Pick<StepPlan, 'specs'>): number =>
  specs
    .filter(({ role }) => role !== 'statistic')
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const countsOf = (plan: StepPlan, recordings: ReadonlyMap<string, Recording>): StepCounts => ({
  parameters: parametersOf(plan),
  ...stepCosts(recordings, { parts: plan.recipe.gradientAccumulation, batch: plan.batch }),
  batch: plan.recipe.batch,
});

/**
 * Builds a network's training and evaluation step and starts it from its initial weights.
 * @throws UserError exit code 78 where the network does not fit the input or the batch the accumulation.
 */
export function createEngine(options: EngineOptions): Engine {
  const plan = planOf(options);
  const functions = functionsOf(plan);
  const recordings = recordFunctions(functions);
  const optimizer = createOptimizer(plan.recipe.optimizer);
  const used = new Set(
    [...recordings.values()].flatMap(({ variables }) => variables.map(({ name }) => name)),
  );
  // Parameters that the loss does not reach have no optimizer state.
  const specs = stateSpecs(plan, optimizer).filter(({ name }) => used.has(name));
  const createEager = () => new EagerRuntime(functions, recordings);
  const runtime = options.mode === 'graph' ? new GraphRuntime(recordings) : createEager();
  runtime.assign(initialState(specs, options.seed));
  return createEngineOver({
    plan,
    runtime,
    specs,
    optimizer,
    createEager,
    counts: countsOf(plan, recordings),
    seed: options.seed,
  });
}
