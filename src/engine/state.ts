import { initialize } from '../nn/initialize.ts';
import { toTensorflow } from '../nn/layout.ts';
import type { TensorSpec } from '../nn/scope.ts';
import { besideTrained, isTrained, type StateSpec } from '../recipe/method.ts';
import { hasSlot, type Slot } from '../recipe/optimizer.ts';
import { optimizerAndMethods, type StepPlan } from './plan.ts';

function slotSpecs(slot: Slot, all: readonly TensorSpec[]): StateSpec[] {
  const specs = all.filter((spec) => isTrained(spec) && hasSlot(slot, spec));
  if (slot.initial !== 'parameter') return besideTrained(specs, `${slot.name}/`, slot.initial);
  return specs.map((spec) => ({ ...spec, name: `${slot.name}/${spec.name}`, copyOf: spec.name }));
}

/** Everything that training changes: the network's tensors, the optimizer's slots, and the methods' variables. */
export function stateSpecs(plan: StepPlan): StateSpec[] {
  const { specs, optimizer } = plan;
  return [
    ...specs,
    ...optimizer.slots.flatMap((slot) => slotSpecs(slot, specs)),
    ...optimizerAndMethods(plan).flatMap((part) => part.state?.(specs) ?? []),
  ];
}

/**
 * The initial values of the state, in TensorFlow's layout: of a run's seed, and for the network's tensors and their copies the
 * given weights in place of random ones.
 * @param weights by name, in PyTorch's layout.
 */
export function initialState(
  specs: readonly StateSpec[],
  seed: number,
  weights: ReadonlyMap<string, Float32Array> = new Map(),
): Map<string, Float32Array> {
  return new Map(
    specs.map((spec) => {
      const { initializer, shape, layout, name, copyOf } = spec;
      const values = weights.get(copyOf ?? name) ?? initialize(initializer, shape, seed, copyOf ?? name);
      return [name, toTensorflow(values, shape, layout)];
    }),
  );
}
