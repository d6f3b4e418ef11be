import { add, multiply, scalar, subtract } from '../nn/raw.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';
import { DataType } from '../runtime/types.ts';
import { AVERAGED, type StateSpec, type Step } from './method.ts';

/** An averaged tensor for each of the network's, from its first values on. */
export const averagedSpecs = (specs: readonly TensorSpec[]): StateSpec[] =>
  specs.map((spec) => ({ ...spec, name: AVERAGED + spec.name, copyOf: spec.name }));

/**
 * Moves every average towards the new value by a part of the way: average (1 - part) + value part. Exactly neither or all of
 * it where the part is 0 or 1: 3 FLOPs an element.
 * @param part a scalar
 */
export function moveAverages(
  { inputs, variables }: Step,
  updates: Map<string, Tensor>,
  part: Tensor,
): ReadonlyMap<string, Tensor> {
  const rest = subtract(scalar(1), part);
  const averages = new Map<string, Tensor>();
  for (const [name, before] of variables) {
    const value = updates.get(name) ?? before;
    const average = inputs.variable(AVERAGED + name, before.shape, DataType.float);
    averages.set(name, add(multiply(average, rest), multiply(value, part)));
  }
  for (const [name, average] of averages) updates.set(AVERAGED + name, average);
  return averages;
}
