import { add, multiply, scalar, subtract } from '../nn/raw.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';
import { DataType } from '../runtime/types.ts';
import { AVERAGED, type StateSpec, type Step } from './method.ts';

/** The specs of an average for each tensor of a network. Its initial value is that of the tensor. */
export const averagedSpecs = (specs: readonly TensorSpec[]): StateSpec[] =>
  specs.map((spec) => ({ ...spec, name: AVERAGED + spec.name, copyOf: spec.name }));

/**
 * Moves every average towards the new value of its tensor: average (1 - fraction) + value fraction, 3 FLOPs per element. The result is
 * exactly the old average for a fraction of 0, and exactly the new value for 1. Adds the averages to `updates` and returns them by
 * the names of their tensors.
 * @param fraction a scalar.
 * @param except names of tensors whose averages are left alone.
 */
export function moveAverages(
  { inputs, variables }: Step,
  updates: Map<string, Tensor>,
  fraction: Tensor,
  except: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, Tensor> {
  const rest = subtract(scalar(1), fraction);
  const averages = new Map<string, Tensor>();
  for (const [name, before] of variables) {
    if (except.has(name)) continue;
    const value = updates.get(name) ?? before;
    const average = inputs.variable(AVERAGED + name, before.shape, DataType.float);
    averages.set(name, add(multiply(average, rest), multiply(value, fraction)));
  }
  for (const [name, average] of averages) updates.set(AVERAGED + name, average);
  return averages;
}
