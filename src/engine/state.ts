import { initialize } from '../nn/initialize.ts';
import { toTensorflow } from '../nn/layout.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Optimizer } from './optimizer.ts';
import type { StepPlan } from './step.ts';
import { ACCUMULATED, AVERAGED } from './update.ts';

/** A tensor of the run's whole state: like a network's, under its own name. */
export interface StateSpec extends TensorSpec {
  /** The network's tensor whose first values this one copies (moving averages). */
  readonly copyOf?: string;
}

const derived = (spec: TensorSpec, name: string, initial: number): StateSpec => ({
  ...spec,
  name,
  initializer: { constant: initial },
});

/** Everything that training changes: the network's tensors, optimizer slots, accumulated gradients, moving averages. */
export function stateSpecs({ specs, recipe }: StepPlan, optimizer: Optimizer): StateSpec[] {
  const trained = specs.filter(({ role }) => role !== 'statistic');
  const slots = optimizer.slots.flatMap(({ name, initial }) =>
    trained.map((spec) => derived(spec, `${name}/${spec.name}`, initial)),
  );
  const accumulated =
    recipe.gradientAccumulation > 1
      ? trained.map((spec) => derived(spec, ACCUMULATED + spec.name, 0))
      : [];
  const averages = recipe.movingAverage
    ? specs.map((spec) => ({ ...spec, name: AVERAGED + spec.name, copyOf: spec.name }))
    : [];
  return [...specs, ...slots, ...accumulated, ...averages];
}

/** First values of the state in TensorFlow's layout, from the run's seed. */
export function initialState(specs: readonly StateSpec[], seed: number): Map<string, Float32Array> {
  return new Map(
    specs.map((spec) => {
      const { initializer, shape, layout, name, copyOf } = spec;
      const values = initialize(initializer, shape, seed, copyOf ?? name);
      return [name, toTensorflow(values, shape, layout)];
    }),
  );
}
