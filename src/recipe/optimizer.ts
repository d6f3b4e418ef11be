import type { z } from 'zod';
import { multiply, scalar } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import type { Method, Parameter } from './method.ts';

/** State that an optimizer keeps for each trained parameter: its name and its first value everywhere. */
export interface Slot {
  readonly name: string;
  readonly initial: number;
}

/** What an update may read; all of the parameter's shape but the scalars. */
export interface UpdateInputs extends Parameter {
  /** With coupled weight decay already in it. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The feeds that the optimizer declares. */
  readonly feeds: Readonly<Record<string, Tensor>>;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** An optimizer; it may also do what a method may, such as keeping averaged weights. */
export interface Optimizer extends Method {
  readonly slots: readonly Slot[];
  update(inputs: UpdateInputs): UpdateResult;
}

/** An optimizer as a file of optimizers/ defines it; the schema's `name` is what a recipe calls it. */
export interface OptimizerDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  readonly create: (config: z.output<Schema>) => Optimizer;
}

export const defineOptimizer = <Schema extends z.ZodObject>(
  definition: OptimizerDefinition<Schema>,
): OptimizerDefinition<Schema> => definition;

export const scaled = (x: Tensor, factor: number): Tensor => multiply(x, scalar(factor));
