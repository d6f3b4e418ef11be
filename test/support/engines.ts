import { type RecipeConfig, recipeSchema } from '../../src/config/recipe.ts';
import type { Engine, StepFeeds } from '../../src/engine/engine.ts';
import { createEngine, type EngineOptions } from '../../src/engine/create-engine.ts';
import type { Forward } from '../../src/nn/scope.ts';

type RecipeInput = Omit<Partial<RecipeConfig>, 'optimizer' | 'weightDecay' | 'augmentation'> & {
  optimizer?: object;
  weightDecay?: object;
  augmentation?: object;
};

/** A recipe with default values except for the given ones. */
export const recipeOf = (given: RecipeInput): RecipeConfig =>
  recipeSchema.parse({ batch: 4, epochs: 1, learningRate: 0.1, ...given });

export const engineOf = (
  forward: Forward,
  pixels: number,
  mode: 'graph' | 'eager',
  recipe: RecipeConfig,
  more: Partial<EngineOptions> = {},
): Engine =>
  createEngine({
    forward,
    recipe,
    input: pixels,
    side: pixels,
    padding: 0,
    seed: 1,
    mode,
    ...more,
  });

/** The rounding error of a float32 sum over the 9 x 9 pixels of 4 images: 4 x 81 roundings of up to 2^-24. */
export const SUM_ROUNDING = 4 * 81 * 2 ** -24;

/** Images and labels that depend only on `step`. */
export function feedsOf(step: number, { batch = 4, side = 9, classes = 4 } = {}): StepFeeds {
  const noise = (i: number): number => Math.imul(i + 1 + 7919 * step, 0x9e3779b1) >>> 0;
  return {
    images: Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => noise(i) >>> 24),
    labels: Int32Array.from({ length: batch }, (_, i) => noise(i) % classes),
    tops: new Int32Array(batch),
    lefts: new Int32Array(batch),
    flips: Int32Array.from({ length: batch }, (_, i) => (noise(i) >>> 9) & 1),
    learningRate: 0.1,
    step,
  };
}

/** The losses of a number of steps, and the state after them. */
export function runSteps(engine: Engine, steps: number, options = {}) {
  const losses = Array.from({ length: steps }, (_, step) => engine.step(feedsOf(step, options)));
  const state = engine.readState();
  engine.close();
  return { losses, state };
}

/** Largest difference of two states, relative to the largest value of its tensor. */
export function largestDifference(
  a: ReadonlyMap<string, { values: Float32Array }>,
  b: ReadonlyMap<string, { values: Float32Array }>,
): number {
  let worst = 0;
  for (const [name, { values }] of a) {
    const others = b.get(name)?.values ?? new Float32Array();
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    values.forEach((value, i) => {
      const difference = Math.abs(value - (others[i] ?? Number.NaN)) / scale;
      worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
    });
  }
  return worst;
}

/** The largest absolute value. */
export const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** What the first step subtracts from the weight of a layer: its gradient times the learning rate. */
export function weightChange(layer: string, forward: Forward, pixels: number, recipe: RecipeConfig): number[] {
  const engine = engineOf(forward, pixels, 'graph', recipe, { trainExamples: 12 });
  const weight = (): Float32Array => Float32Array.from(engine.readState().get(`${layer}.weight`)!.values);
  const before = weight();
  engine.step(feedsOf(0, { batch: recipe.batch }));
  const after = weight();
  engine.close();
  return Array.from(before, (value, i) => value - after[i]!);
}
