import type { Forward } from '../../src/nn/scope.ts';
import type { Inputs } from '../../src/nn/inputs.ts';
import { patchValue } from '../../src/engine/device-check/patch-images.ts';
import { planStep } from '../../src/engine/plan.ts';
import { withPrecision } from '../../src/engine/precision.ts';
import { GraphRuntime } from '../../src/engine/runtimes.ts';
import { initialValues } from '../../src/engine/state.ts';
import { computeGradients, openStep } from '../../src/engine/step.ts';
import type { Precision } from '../../src/base/precision.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { DataType } from '../../src/runtime/types.ts';
import { record } from '../../src/trace/record.ts';
import { elementCount, type Recording } from '../../src/trace/recording.ts';
import { splitBatchNorms } from '../../src/trace/xla/split-batch-norms.ts';
import { inDouble, REST } from '../parity/double.ts';

/**
 * The kernels that compute the step: doubletime's and TensorFlow's, TensorFlow's alone, those of XLA; TensorFlow's or XLA's in float64,
 * which is exact for this purpose.
 */
export type Kernels = 'doubletime' | 'tensorflow' | 'xla' | 'float64' | 'xlaFloat64';

/** The recording that the kernels compute. In float64, XLA gets batch norms as the same ops as in float32. */
function prepare(recording: Recording, kernels: Kernels, precision: Precision): Recording {
  if (kernels === 'float64') return inDouble(recording);
  return kernels === 'xlaFloat64' ? inDouble(splitBatchNorms(recording)) : withPrecision(recording, precision);
}

/** The results of one step. */
export interface GradientStep {
  readonly loss: number;
  /** Gradients by the name of the parameter, in TensorFlow's layout. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Normalized images float32 [batch, side, side, 3] of colored patches. */
const createImages = (batch: number, side: number): Float32Array =>
  Float32Array.from({ length: batch * side * side * 3 }, (_, i) => (patchValue(i, side) / 4 - 128) / 64);

/** Computes the loss and all gradients of a network's first training step, from the weights of seed 1. */
export function computeStep(
  forward: Forward,
  {
    batch,
    side,
    classes,
    precision = 'float32',
  }: { readonly batch: number; readonly side: number; readonly classes: number; readonly precision?: Precision },
  kernels: Kernels,
): GradientStep {
  const recipe = recipeSchema.parse({ batch, epochs: 1, learningRate: 0.1 });
  const plan = planStep({ forward, recipe, input: side, side, padding: 0 });
  const recorded = record((inputs: Inputs) => {
    const images = inputs.feed('images', [batch, side, side, 3], DataType.float);
    const { loss, gradients } = computeGradients(plan, openStep(plan, inputs), images);
    return { outputs: new Map([['loss', loss], ...gradients]), updates: new Map() };
  });
  const recording = prepare(recorded, kernels, precision);
  if (kernels === 'tensorflow') process.env['DOUBLETIME_KERNELS'] = 'tensorflow';
  const runtime = new GraphRuntime(
    new Map([['train', recording]]),
    kernels.startsWith('xla') ? { compile: 'xla' } : {},
  );
  delete process.env['DOUBLETIME_KERNELS'];
  try {
    const bytes = Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => patchValue(i, side) >>> 2);
    const images = { images: { images: bytes, count: batch, side }, normalization: recipe.augmentation };
    const state = new Map(initialValues(plan.specs, 1, { images }));
    const zeros = (shape: readonly number[]) => new Float32Array(elementCount(shape));
    runtime.assign(new Map(recording.variables.map(({ name, shape }) => [name, state.get(name) ?? zeros(shape)])));
    const outputs = runtime.call('train', {
      images: createImages(batch, side),
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

/**
 * The relative differences of two steps: of the loss, and of all gradients together (the L2 norm of the difference divided by the
 * norm of the reference).
 */
export function compareSteps(reference: GradientStep, other: GradientStep): { loss: number; gradient: number } {
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
