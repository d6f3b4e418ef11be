import type { Tensor } from './tensor.ts';

/** The inputs of a step: feeds and variables, with TensorFlow's shape and TF_DataType. The first request declares an input. */
export interface Inputs {
  feed(name: string, shape: readonly number[], dtype: number): Tensor;
  variable(name: string, shape: readonly number[], dtype: number): Tensor;
}

/** The results of a step by name: the outputs that are fetched, and the new values of variables. */
export interface Results {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly updates: ReadonlyMap<string, Tensor>;
}
