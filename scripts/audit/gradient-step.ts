import type { Forward } from '../../src/nn/scope.ts';
import type { Inputs } from '../../src/nn/inputs.ts';
import { planStep } from '../../src/engine/plan.ts';
import { GraphRuntime } from '../../src/engine/runtimes.ts';
import { initialState } from '../../src/engine/state.ts';
import { computeGradients, openStep } from '../../src/engine/step.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { DataType } from '../../src/runtime/types.ts';
import { record } from '../../src/trace/record.ts';
import { elementCount } from '../../src/trace/recording.ts';
import { inDouble, REST } from '../parity/double.ts';

/**
 * What computes the step: doubletime's and TensorFlow's kernels, TensorFlow's alone, XLA, or TensorFlow in float64, which is exact
 * for this purpose.
 */
export type Kernels = 'doubletime' | 'tensorflow' | 'xla' | 'float64';

export interface GradientStep {
  readonly loss: number;
  /** By the name of the parameter, in TensorFlow's layout. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** A number in 0 to 255 that looks random but is the same everywhere (Knuth's multiplicative hash). */
const byteOf = (i: number): number => Math.imul(i, 2654435761) >>> 24;

/**
 * Normalized images of 4 x 4 patches, each of its own color, with some noise. Images of noise alone look alike to a network: a batch
 * norm then divides by small variances, and enlarges every rounding error.
 */
function imagesOf(batch: number, side: number): Float32Array {
  const patch = Math.ceil(side / 4);
  return Float32Array.from({ length: batch * side * side * 3 }, (_, i) => {
    const [channel, pixel] = [i % 3, Math.floor(i / 3)];
    const [x, y, n] = [pixel % side, Math.floor(pixel / side) % side, Math.floor(pixel / (side * side))];
    const color = byteOf(((n * 4 + Math.floor(y / patch)) * 4 + Math.floor(x / patch)) * 3 + channel + 1);
    return ((3 * color + byteOf(i + 1)) / 4 - 128) / 64;
  });
}

/** Computes the loss and all gradients of a network's first training step, from the weights of seed 1. */
export function computeStep(
  forward: Forward,
  { batch, side, classes }: { readonly batch: number; readonly side: number; readonly classes: number },
  kernels: Kernels,
): GradientStep {
  const recipe = recipeSchema.parse({ batch, epochs: 1, learningRate: 0.1 });
  const plan = planStep({ forward, recipe, input: side, side, padding: 0 });
  const recorded = record((inputs: Inputs) => {
    const images = inputs.feed('images', [batch, side, side, 3], DataType.float);
    const { loss, gradients } = computeGradients(plan, openStep(plan, inputs), images);
    return { outputs: new Map([['loss', loss], ...gradients]), updates: new Map() };
  });
  const recording = kernels === 'float64' ? inDouble(recorded) : recorded;
  if (kernels === 'tensorflow') process.env['DOUBLETIME_KERNELS'] = 'tensorflow';
  const runtime = new GraphRuntime(new Map([['train', recording]]), kernels === 'xla' ? { compile: 'xla' } : {});
  delete process.env['DOUBLETIME_KERNELS'];
  try {
    const state = new Map(initialState(plan.specs, 1));
    const zeros = (shape: readonly number[]) => new Float32Array(elementCount(shape));
    runtime.assign(new Map(recording.variables.map(({ name, shape }) => [name, state.get(name) ?? zeros(shape)])));
    const outputs = runtime.call('train', {
      images: imagesOf(batch, side),
      [`images${REST}`]: zeros([batch, side, side, 3]),
      labels: Int32Array.from({ length: batch }, (_, i) => (i * 37) % classes),
    });
    const loss = Number(outputs.get('loss')![0]);
    outputs.delete('loss');
    return { loss, gradients: outputs as Map<string, Float32Array> };
  } finally {
    runtime.close();
  }
}

/** Relative differences of two steps: of the loss, and of all gradients together (norm of the difference over the norm). */
export function differenceOf(reference: GradientStep, other: GradientStep): { loss: number; gradient: number } {
  let [difference, norm] = [0, 0];
  for (const [name, values] of reference.gradients) {
    const others = other.gradients.get(name)!;
    values.forEach((value, i) => {
      difference += (value - others[i]!) ** 2;
      norm += value ** 2;
    });
  }
  return { loss: Math.abs(other.loss / reference.loss - 1), gradient: Math.sqrt(difference / norm) };
}
