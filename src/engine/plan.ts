import { configError, UserError } from '../base/errors.ts';
import { nearest } from '../base/text/nearest.ts';
import type { RecipeConfig } from '../config/recipe.ts';
import type { Forward, TensorSpec } from '../nn/scope.ts';
import { activeMethods, createOptimizer } from '../recipe/active.ts';
import { isTrained, type Method } from '../recipe/method.ts';
import type { Optimizer } from '../recipe/optimizer.ts';
import { recordForward } from '../trace/network.ts';
import { formatShape } from '../base/text/shape.ts';

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
  /** Height and width in pixels of validation images as they are fed. */
  readonly evaluationInput: number;
  /** Height and width in pixels of training images as they are fed. */
  readonly side: number;
  /** Pixels that are added on each side of them. */
  readonly padding: number;
  /** Names of parameters and layers that are not trained. */
  readonly frozen: readonly string[];
  /** Training examples in one epoch; needed if a feed depends on the epoch. */
  readonly trainExamples?: number | undefined;
}

/** What a step is planned from. */
export interface PlanOptions extends Pick<
  StepPlan,
  'forward' | 'recipe' | 'input' | 'side' | 'padding' | 'trainExamples'
> {
  readonly frozen?: readonly string[];
  /** Additional methods, which act after those that the recipe switches on. */
  readonly methods?: readonly Method[];
}

/** The optimizer, followed by the methods. */
export const optimizerAndMethods = ({ optimizer, methods }: StepPlan): readonly Method[] => [optimizer, ...methods];

/** The name and both shapes of the first tensor that has another shape in the other list, or is only in one list. */
export function findShapeDifference(
  specs: readonly TensorSpec[],
  others: readonly TensorSpec[],
): { readonly name: string; readonly own: string; readonly other: string } | undefined {
  const shapes = (all: readonly TensorSpec[]) => new Map(all.map(({ name, shape }) => [name, formatShape(shape)]));
  const [first, second] = [shapes(specs), shapes(others)];
  const name = [...first.keys(), ...second.keys()].find((key) => first.get(key) !== second.get(key));
  return name === undefined
    ? undefined
    : { name, own: first.get(name) ?? 'missing', other: second.get(name) ?? 'missing' };
}

/** The size of a batch: height and width of its images in pixels, and their number. */
interface Size {
  readonly input: number;
  readonly batch: number;
}

/** @throws UserError exit code 78 if the network does not fit the size that it is evaluated at, or has other tensors at this size. */
function checkEvaluationInput(network: Forward, specs: readonly TensorSpec[], size: Size): void {
  try {
    const changed = findShapeDifference(specs, recordForward(network, { ...size, training: true }).specs);
    if (changed)
      throw configError(
        `${changed.name} would be ${changed.other}, but it is trained as ${changed.own}; evaluate this network at the size that it is trained at`,
      );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const place = `recipe.augmentation.evaluationInput: with ${size.input} pixels`;
    throw new UserError(`${place} ${error.message}`, error.exitCode, { cause: error });
  }
}

/** Whether a tensor has this name or belongs to the layer of this name. */
const isNamed = ({ name }: TensorSpec, tensorOrLayer: string): boolean =>
  name === tensorOrLayer || name.startsWith(`${tensorOrLayer}.`);

/** Whether a step trains a tensor: it is trainable and not frozen. */
export const trains = ({ frozen }: Pick<StepPlan, 'frozen'>, spec: TensorSpec): boolean =>
  isTrained(spec) && !frozen.some((name) => isNamed(spec, name));

/** The names of the trainable parameters that a step does not train. */
export const frozenParameters = (plan: Pick<StepPlan, 'frozen' | 'specs'>): ReadonlySet<string> =>
  new Set(plan.specs.filter((spec) => isTrained(spec) && !trains(plan, spec)).map(({ name }) => name));

/** The layers that contain a parameter, the outermost first: for `layer1.0.conv1.weight` they are `layer1`, `layer1.0`, ... */
function listLayers({ name }: TensorSpec): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('.'));
}

/** A hint for an unknown name: a parameter or layer with a similar name, otherwise the outermost layers. */
function suggestFrozen(unknown: string, specs: readonly TensorSpec[]): string {
  const layers = specs.map(listLayers);
  const [best] = nearest(unknown, new Set([...layers.flat(), ...specs.map(({ name }) => name)]), 1);
  if (best !== undefined) return `did you mean "${best}"?`;
  return `its layers are ${[...new Set(specs.map((spec, i) => layers[i]![0] ?? spec.name))].join(', ')}`;
}

/** @throws UserError exit code 78 if the network has nothing to train. */
function checkTrained(specs: readonly TensorSpec[]): void {
  if (specs.some(isTrained)) return;
  throw configError(
    'the network has 0 trained parameters, expected at least one: add a layer with weights, such as linear',
  );
}

/** @throws UserError exit code 78 if a name is not that of a trained parameter or layer, or nothing would be trained. */
function checkFrozen(specs: readonly TensorSpec[], frozen: readonly string[]): void {
  const trained = specs.filter(isTrained);
  const unknown = frozen.find((name) => !trained.some((spec) => isNamed(spec, name)));
  if (unknown !== undefined)
    throw configError(
      `recipe.freeze.parameters: the network has no trained parameter or layer ${unknown}; ${suggestFrozen(unknown, trained)}`,
    );
  if (frozen.length > 0 && !trained.some((spec) => trains({ frozen }, spec)))
    throw configError(
      'recipe.freeze.parameters names all parameters of the network, so nothing would be trained: leave out at least one',
    );
}

/** @throws UserError exit code 78 if a method does not fit the network. */
function checkMethods(methods: readonly Method[], specs: readonly TensorSpec[]): void {
  for (const method of methods) {
    const problem = method.findProblem?.(specs);
    if (problem !== undefined) throw configError(problem);
  }
}

/** The calls of a step if no method asks for others. */
const ONE_CALL = ['train'];

/**
 * Plans the training step of a network.
 * @throws UserError exit code 78 if the network does not fit the input, the batch cannot be split, or the recipe names parameters
 * or sizes that do not fit the network.
 */
export function planStep(options: PlanOptions): StepPlan {
  const { forward, recipe, input, side, padding, trainExamples, frozen = [] } = options;
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
  checkTrained(specs);
  const { evaluationInput = input } = recipe.augmentation;
  const isCropped = methods.some((method) => method.views);
  if (isCropped && evaluationInput < input)
    throw configError(
      `recipe.augmentation.evaluationInput is ${evaluationInput}, but recipe.multiCrop cuts crops of ${input} pixels: expected at least ${input}`,
    );
  const viewSize = isCropped ? input : evaluationInput;
  if (viewSize !== input) checkEvaluationInput(network, specs, { input: viewSize, batch });
  checkFrozen(specs, frozen);
  checkMethods(methods, specs);
  const size = { batch, input, evaluationInput, side, padding, trainExamples, frozen };
  return { forward: network, specs, recipe, optimizer, methods, calls, ...size };
}
