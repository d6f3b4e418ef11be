import { initialize } from '../nn/initialize.ts';
import type { Normalization } from '../nn/layers/input.ts';
import { toTensorflow } from '../nn/layout.ts';
import type { TensorSpec } from '../nn/scope.ts';
import { type InitialImages, whiteningFilters } from '../nn/whitening.ts';
import { specsLikeTrained, isTrained, type StateSpec } from '../recipe/method.ts';
import { hasSlot, type Slot } from '../recipe/optimizer.ts';
import { optimizerAndMethods, type StepPlan } from './plan.ts';

function slotSpecs(slot: Slot, all: readonly TensorSpec[]): StateSpec[] {
  const specs = all.filter((spec) => isTrained(spec) && hasSlot(slot, spec));
  if (slot.initial !== 'parameter') return specsLikeTrained(specs, `${slot.name}/`, slot.initial);
  return specs.map((spec) => ({ ...spec, name: `${slot.name}/${spec.name}`, copyOf: spec.name }));
}

/** All variables that training may change: the network's tensors, the optimizer's slots, and the methods' variables. */
export function stateSpecs(plan: StepPlan): StateSpec[] {
  const { specs, optimizer } = plan;
  return [
    ...specs,
    ...optimizer.slots.flatMap((slot) => slotSpecs(slot, specs)),
    ...optimizerAndMethods(plan).flatMap((part) => part.state?.(specs) ?? []),
  ];
}

/** Training images, and how they are normalized. */
interface NormalizedImages {
  readonly images: InitialImages;
  readonly normalization: Normalization;
}

/** Initial values that do not come from the seed. */
export interface GivenState {
  /** Training images for the initial values that are computed from them. */
  readonly images?: NormalizedImages;
  /** Weights for the network's tensors and their copies, by name, in PyTorch's layout. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
}

/** Returns a function for the values that are computed from training images. It computes each kind of filter once. */
function createWhitening(given: NormalizedImages | undefined): (spec: StateSpec) => Float32Array | undefined {
  const known = new Map<string, Float32Array>();
  return ({ initializer }) => {
    if (!('whitening' in initializer) || given === undefined) return undefined;
    const key = JSON.stringify(initializer.whitening);
    const filters = known.get(key) ?? whiteningFilters(given.images, given.normalization, initializer.whitening);
    known.set(key, filters);
    return filters;
  };
}

/**
 * The initial values of the state in TensorFlow's layout, computed one by one: the given weights, else values computed from the
 * given images, else random values from the run's seed.
 * @throws UserError exit code 78 if values must be computed from images and no images are given.
 */
export function* initialValues(
  specs: readonly StateSpec[],
  seed: number,
  given: GivenState = {},
): Generator<[name: string, values: Float32Array], void, undefined> {
  const fromImages = createWhitening(given.images);
  for (const spec of specs) {
    const { initializer, shape, layout, name, copyOf } = spec;
    const source = copyOf ?? name;
    const values = given.weights?.get(source) ?? fromImages(spec) ?? initialize(initializer, shape, seed, source);
    yield [name, toTensorflow(values, shape, layout)];
  }
}
