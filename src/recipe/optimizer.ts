import type { z } from 'zod';
import { add, divide, multiply, op, scalar, squareRoot, T } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Feeds, Method, Parameter, RecipeView, Step } from './method.ts';

/** A variable that an optimizer keeps for each trained parameter. It has the parameter's shape. */
export interface Slot {
  readonly name: string;
  /** The initial value of all elements, or `parameter` for a copy of the parameter's initial values. */
  readonly initial: number | 'parameter';
  /** Whether a parameter has this slot; default: all parameters. */
  readonly of?: (spec: TensorSpec) => boolean;
}

/** The inputs of an update. The gradient and the slots have the parameter's shape. */
export interface UpdateInputs extends Parameter {
  /** Includes coupled weight decay. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The optimizer's feeds, and the tensors that `prepare` returned. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Adds decoupled weight decay to the direction of an update; for optimizers with `decaysDirection`. */
  readonly decayed: (direction: Tensor) => Tensor;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** An optimizer. It may also use every part of a method, for example to keep averaged weights. */
export interface Optimizer extends Method {
  readonly slots: readonly Slot[];
  /** Whether `update` applies decoupled weight decay to the direction by `decayed`. Otherwise it is applied to the new weights. */
  readonly decaysDirection?: boolean;
  /** Called once per step before all updates. Returns tensors that the updates share; may add new values of variables to `updates`. */
  readonly prepare?: (
    step: Step,
    learningRate: Tensor,
    updates: Map<string, Tensor>,
  ) => Readonly<Record<string, Tensor>>;
  update(inputs: UpdateInputs): UpdateResult;
}

/** The definition of an optimizer, which a file of optimizers/ exports. The schema's `name` is its name in a recipe. */
export interface OptimizerDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** Describes what is wrong with it in this recipe; undefined if nothing is. */
  readonly check?: (config: z.output<Schema>, recipe: RecipeView) => string | undefined;
  readonly create: (config: z.output<Schema>) => Optimizer;
}

export const defineOptimizer = <Schema extends z.ZodObject>(
  definition: OptimizerDefinition<Schema>,
): OptimizerDefinition<Schema> => definition;

export const scaled = (x: Tensor, factor: number): Tensor => multiply(x, scalar(factor));

/** The slots of Adam's two averages. */
export const ADAM_SLOTS: readonly Slot[] = [
  { name: 'gradientAverage', initial: 0 },
  { name: 'squareAverage', initial: 0 },
];

/** factor average + (1 - factor) value: 3 FLOPs per element. */
export const mixed = (average: Tensor, value: Tensor, factor: number): Tensor =>
  add(scaled(average, factor), scaled(value, 1 - factor));

/** Whether a parameter has a slot. */
export const hasSlot = ({ of }: Slot, spec: TensorSpec): boolean => of?.(spec) ?? true;

export interface AdamConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam's bias corrections of its averages, which start at 0: 1 / (1 - b1^t) and 1 / sqrt(1 - b2^t). */
export const adamFeeds = ({ beta1, beta2 }: Pick<AdamConfig, 'beta1' | 'beta2'>): Feeds => ({
  gradientCorrection: { value: ({ step }) => 1 / (1 - beta1 ** (step + 1)) },
  squareCorrection: { value: ({ step }) => 1 / Math.sqrt(1 - beta2 ** (step + 1)) },
});

/** Adam's direction m^ / (sqrt(v^) + epsilon) (Kingma & Ba 2015, algorithm 1) and its new slots: 12 FLOPs per element. */
export function adamDirection(
  { gradient, slots, feeds }: UpdateInputs,
  { beta1, beta2, epsilon }: AdamConfig,
): { readonly direction: Tensor; readonly slots: Readonly<Record<string, Tensor>> } {
  const first = mixed(slots['gradientAverage']!, gradient, beta1);
  const second = mixed(slots['squareAverage']!, op('Square', [T], [gradient]), beta2);
  const root = multiply(squareRoot(second), feeds['squareCorrection']!);
  const direction = divide(multiply(first, feeds['gradientCorrection']!), add(root, scalar(epsilon)));
  return { direction, slots: { gradientAverage: first, squareAverage: second } };
}
