import type { Tensor } from './tensor.ts';

/** What a step reads. Feeds and variables are declared by being asked for. */
export interface Inputs {
  feed(name: string, shape: readonly number[], dtype: number): Tensor;
  variable(name: string, shape: readonly number[], dtype: number): Tensor;
}

/** What a step computes: the outputs that are fetched, and the new values of variables, by name. */
export interface Results {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly updates: ReadonlyMap<string, Tensor>;
}
