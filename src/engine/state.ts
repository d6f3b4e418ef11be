import { initialize } from '../nn/initialize.ts';
import { toTensorflow } from '../nn/layout.ts';
import { besideTrained, type StateSpec } from '../recipe/method.ts';
import { optimizerAndMethods, type StepPlan } from './plan.ts';

/** All tensors that training changes: the network's, the optimizer's slots, and the methods' variables. */
export function stateSpecs(plan: StepPlan): StateSpec[] {
  const { specs, optimizer } = plan;
  return [
    ...specs,
    ...optimizer.slots.flatMap(({ name, initial }) => besideTrained(specs, `${name}/`, initial)),
    ...optimizerAndMethods(plan).flatMap((part) => part.state?.(specs) ?? []),
  ];
}

/** The initial values of the state for a run's seed, in TensorFlow's layout. */
export function initialState(specs: readonly StateSpec[], seed: number): Map<string, Float32Array> {
  return new Map(
    specs.map((spec) => {
      const { initializer, shape, layout, name, copyOf } = spec;
      const values = initialize(initializer, shape, seed, copyOf ?? name);
      return [name, toTensorflow(values, shape, layout)];
    }),
  );
}
