import type { Tensor } from './tensor.ts';

/** The inputs of a step. The first request for a feed or variable declares it. */
export interface Inputs {
  feed(name: string, shape: readonly number[], dtype: number): Tensor;
  variable(name: string, shape: readonly number[], dtype: number): Tensor;
}

/** The results of a step by name: the outputs that are fetched, and the new values of variables. */
export interface Results {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly updates: ReadonlyMap<string, Tensor>;
}
