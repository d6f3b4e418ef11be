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
  /** The same of validation images as they are fed. */
  readonly evaluationInput: number;
  /** Height and width of the training images as they are fed, and the zero pixels around them. */
  readonly side: number;
  readonly padding: number;
  /** Training examples in one epoch; without it nothing that depends on the epoch can be fed. */
  readonly trainExamples?: number | undefined;
}

export interface PlanOptions extends Pick<
  StepPlan,
  'forward' | 'recipe' | 'input' | 'side' | 'padding' | 'trainExamples'
> {
  /** Methods beside those that the recipe switches on; they act last. */
  readonly methods?: readonly Method[];
}

/** The optimizer, followed by the methods. */
export const optimizerAndMethods = ({ optimizer, methods }: StepPlan): readonly Method[] => [optimizer, ...methods];

/** The first tensor that has another shape, or is missing, in the other list: its name and both shapes. */
export function findOtherShape(
  specs: readonly TensorSpec[],
  others: readonly TensorSpec[],
): { readonly name: string; readonly own: string; readonly other: string } | undefined {
  const shapes = (all: readonly TensorSpec[]) => new Map(all.map(({ name, shape }) => [name, shape.join(' x ')]));
  const [first, second] = [shapes(specs), shapes(others)];
  const name = [...first.keys(), ...second.keys()].find((key) => first.get(key) !== second.get(key));
  return name === undefined
    ? undefined
    : { name, own: first.get(name) ?? 'missing', other: second.get(name) ?? 'missing' };
}

/** @throws UserError exit code 78 where the network has other tensors at the size it is evaluated at. */
function checkEvaluationInput(network: Forward, specs: readonly TensorSpec[], size: { input: number; batch: number }) {
  const changed = findOtherShape(specs, recordForward(network, { ...size, training: true }).specs);
  if (changed)
    throw configError(
      `recipe.augmentation.evaluationInput: with ${size.input} pixels ${changed.name} would be ${changed.other}, but it is trained as ${changed.own}; this network can only be evaluated at the size it is trained at`,
    );
}

/** The calls of a step where no method asks for others. */
const ONE_CALL = ['train'];

/**
 * Plans the training step of a network.
 * @throws UserError exit code 78 if the network does not fit the input, or the batch cannot be split.
 */
export function planStep(options: PlanOptions): StepPlan {
  const { forward, recipe, input, side, padding, trainExamples } = options;
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
  const { evaluationInput = input } = recipe.augmentation;
  const isCropped = methods.some((method) => method.views);
  if (isCropped && evaluationInput < input)
    throw configError(
      `recipe.augmentation.evaluationInput: is ${evaluationInput}, but recipe.multiCrop cuts crops of ${input} pixels from it; give more`,
    );
  const seen = isCropped ? input : evaluationInput;
  if (seen !== input) checkEvaluationInput(network, specs, { input: seen, batch });
  const size = { batch, input, evaluationInput, side, padding, trainExamples };
  return { forward: network, specs, recipe, optimizer, methods, calls, ...size };
}
