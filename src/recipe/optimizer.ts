import type { z } from 'zod';
import { multiply, scalar } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import type { Method, Parameter } from './method.ts';

/** A tensor that an optimizer keeps for each trained parameter: its name and its initial value. */
export interface Slot {
  readonly name: string;
  readonly initial: number;
}

/** The inputs of an update. The gradient and the slots have the parameter's shape. */
export interface UpdateInputs extends Parameter {
  /** Includes coupled weight decay. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The feeds that the optimizer declares. */
  readonly feeds: Readonly<Record<string, Tensor>>;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** An optimizer. It may also use every part of a method, for example to keep averaged weights. */
export interface Optimizer extends Method {
  readonly slots: readonly Slot[];
  update(inputs: UpdateInputs): UpdateResult;
}

/** The definition of an optimizer in a file of optimizers/; the schema's `name` is its name in a recipe. */
export interface OptimizerDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  readonly create: (config: z.output<Schema>) => Optimizer;
}

export const defineOptimizer = <Schema extends z.ZodObject>(
  definition: OptimizerDefinition<Schema>,
): OptimizerDefinition<Schema> => definition;

export const scaled = (x: Tensor, factor: number): Tensor => multiply(x, scalar(factor));
