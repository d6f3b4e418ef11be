import type { z } from 'zod';
import { add, divide, multiply, op, scalar, squareRoot, T } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Feeds, Method, Parameter, RecipeView, Step } from './method.ts';

/** State that an optimizer keeps for each trained parameter, of the parameter's shape. */
export interface Slot {
  readonly name: string;
  /** The first value everywhere, or a copy of the parameter's own first values. */
  readonly initial: number | 'parameter';
  /** Which parameters have it; all where it is left out. */
  readonly of?: (spec: TensorSpec) => boolean;
}

/** The inputs of an update. The gradient and the slots have the parameter's shape. */
export interface UpdateInputs extends Parameter {
  /** Includes coupled weight decay. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The feeds that the optimizer declares, and what it computes once a step for all parameters. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** The direction of an update with decoupled weight decay in it; for optimizers that decay their direction. */
  readonly decayed: (direction: Tensor) => Tensor;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** An optimizer. It may also use every part of a method, for example to keep averaged weights. */
export interface Optimizer extends Method {
  readonly slots: readonly Slot[];
  /** Whether decoupled weight decay goes into the direction, by `decayed`, rather than onto the moved weights. */
  readonly decaysDirection?: boolean;
  /** Called once a step, before the parameters: what their updates share. New values of variables go into `updates`. */
  readonly prepare?: (
    step: Step,
    learningRate: Tensor,
    updates: Map<string, Tensor>,
  ) => Readonly<Record<string, Tensor>>;
  update(inputs: UpdateInputs): UpdateResult;
}

/** The definition of an optimizer in a file of optimizers/; the schema's `name` is its name in a recipe. */
export interface OptimizerDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** What is wrong with it in this recipe, in words. */
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

/** b average + (1 - b) value: 3 FLOPs an element. */
export const mixed = (average: Tensor, value: Tensor, factor: number): Tensor =>
  add(scaled(average, factor), scaled(value, 1 - factor));

/** Where a slot stands for a parameter. */
export const hasSlot = ({ of }: Slot, spec: TensorSpec): boolean => of?.(spec) ?? true;

export interface AdamConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam's corrections of its averages, which start from 0: 1 / (1 - b1^t) and 1 / sqrt(1 - b2^t). */
export const adamFeeds = ({ beta1, beta2 }: Pick<AdamConfig, 'beta1' | 'beta2'>): Feeds => ({
  gradientCorrection: { value: ({ step }) => 1 / (1 - beta1 ** (step + 1)) },
  squareCorrection: { value: ({ step }) => 1 / Math.sqrt(1 - beta2 ** (step + 1)) },
});

/** m^ / (sqrt(v^) + epsilon) of Kingma & Ba 2015, algorithm 1, and its new slots: 12 FLOPs an element. */
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
