import { configError } from '../base/errors.ts';
import type { RecipeConfig } from '../config/recipe.ts';
import type { Forward, TensorSpec } from '../nn/scope.ts';
import { activeMethods, createOptimizer } from '../recipe/active.ts';
import type { Method } from '../recipe/method.ts';
import type { Optimizer } from '../recipe/optimizer.ts';
import { recordForward } from '../trace/network.ts';

/** Everything that a training step is built from. */
export interface StepPlan {
  /** The network, as changed by the methods. */
  readonly forward: Forward;
  /** All tensors of the network, in the state dict's order. */
  readonly specs: readonly TensorSpec[];
  readonly recipe: RecipeConfig;
  readonly optimizer: Optimizer;
  /** In the order in which they are applied. */
  readonly methods: readonly Method[];
  /** The functions that a step calls, in order. */
  readonly calls: readonly string[];
  /** Examples per call: an equal part of the recipe's batch. */
  readonly batch: number;
  /** Height and width in pixels of the network's input. */
  readonly input: number;
  /** Height and width of the training images that are fed, and the zero pixels added on each side. */
  readonly side: number;
  readonly padding: number;
}

export interface PlanOptions extends Pick<StepPlan, 'forward' | 'recipe' | 'input' | 'side' | 'padding'> {
  /** Methods that are applied after those of the recipe. */
  readonly methods?: readonly Method[];
}

/** The optimizer, followed by the methods. */
export const optimizerAndMethods = ({ optimizer, methods }: StepPlan): readonly Method[] => [optimizer, ...methods];

/** The calls of a step, unless a method replaces them. */
const ONE_CALL = ['train'];

/**
 * Plans the training step of a network.
 * @throws UserError exit code 78 if the network does not fit the input, or the batch cannot be split.
 */
export function planStep(options: PlanOptions): StepPlan {
  const { forward, recipe, input, side, padding } = options;
  const optimizer = createOptimizer(recipe.optimizer);
  const methods = [...activeMethods(recipe), ...(options.methods ?? [])];
  const calls = methods.find((method) => method.calls)?.calls ?? ONE_CALL;
  const batch = recipe.batch / calls.length;
  if (!Number.isInteger(batch))
    throw configError(
      `recipe.batch: ${recipe.batch} images cannot be split into ${calls.length} equal parts: choose a multiple of ${calls.length}`,
    );
  const network = methods.reduce((inner, method) => method.network?.(inner) ?? inner, forward);
  const { specs } = recordForward(network, { input, batch, training: true });
  const size = { batch, input, side, padding };
  return { forward: network, specs, recipe, optimizer, methods, calls, ...size };
}
