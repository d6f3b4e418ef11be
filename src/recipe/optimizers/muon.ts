import { z } from 'zod';
import { add, divide, matrixProduct, multiply, op, reshape, scalar, squareRoot, subtract, T } from '../../nn/raw.ts';
import type { TensorSpec } from '../../nn/scope.ts';
import type { Tensor } from '../../nn/tensor.ts';
import {
  ADAM_SLOTS,
  adamDirection,
  adamFeeds,
  defineOptimizer,
  mixed,
  scaled,
  type UpdateInputs,
  type UpdateResult,
} from '../optimizer.ts';

/** The author's coefficients of the quintic iteration. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const NORM_EPSILON = 1e-7;

/** Whether a parameter is a matrix, or a filter, which is flattened to a matrix [out, in * h * w]. */
const isMatrix = ({ role, shape }: TensorSpec): boolean => role === 'weight' && shape.length >= 2;
const isNoMatrix = (spec: TensorSpec): boolean => !isMatrix(spec);

/**
 * A parameter as a matrix: [out, in], or [h * w * in, out] for a filter. The latter is the transposed matrix with its rows in another
 * order, which does not change the result.
 */
function asMatrix(x: Tensor, { shape, layout }: TensorSpec): Tensor {
  const [out = 1] = shape;
  return layout === 'same' ? reshape(x, [out, -1]) : reshape(x, [-1, out]);
}

/**
 * Approximates the orthogonal factor U V' of a matrix U S V' by Newton-Schulz iterations X = a X + (b P + c P P) X with P = X X'.
 * P has the size of the shorter side. Its products are counted as MACs.
 */
function orthogonalize(matrix: Tensor, iterations: number): Tensor {
  const [rows = 1, columns = 1] = matrix.shape;
  const isWide = rows <= columns;
  const norm = squareRoot(multiply(op('L2Loss', [T], [matrix]), scalar(2)));
  let x = divide(matrix, add(norm, scalar(NORM_EPSILON)));
  for (let i = 0; i < iterations; i++) {
    const p = isWide ? matrixProduct(x, x, { transposeB: true }) : matrixProduct(x, x, { transposeA: true });
    const polynomial = add(scaled(p, B), scaled(matrixProduct(p, p), C));
    x = add(scaled(x, A), isWide ? matrixProduct(polynomial, x) : matrixProduct(x, polynomial));
  }
  return x;
}

/** The factor sqrt(max(1, rows / columns)) for a matrix; 1 for a filter, as for a square filter in the author's code. */
const shapeFactor = ({ shape }: TensorSpec): number =>
  shape.length === 2 ? Math.sqrt(Math.max(1, shape[0]! / shape[1]!)) : 1;

const schema = z.strictObject({
  name: z.literal('muon'),
  /** The fraction of the momentum that stays at each step. */
  momentum: z.number().min(0).lt(1).default(0.95),
  /** Whether Nesterov's momentum is used. */
  nesterov: z.boolean().default(true),
  /** Newton-Schulz iterations per step. */
  iterations: z.int().min(1).max(20).default(5),
  /** Options of AdamW, which updates all other parameters: biases, norms, embeddings and layer scales. */
  adam: z
    .strictObject({
      /** Its learning rate, as a fraction of the recipe's learning rate (the author's: 3e-4 to 0.02). */
      rate: z.number().positive().default(0.015),
      /** The fraction of the average of the gradients that stays at each step. */
      beta1: z.number().gt(0).lt(1).default(0.9),
      /** The fraction of the average of the squared gradients that stays at each step. */
      beta2: z.number().gt(0).lt(1).default(0.95),
      /** Added to the denominator to avoid division by almost 0. */
      epsilon: z.number().positive().default(1e-10),
    })
    .prefault({}),
});
type Muon = z.output<typeof schema>;

function updateMatrix(inputs: UpdateInputs, { momentum: factor, nesterov, iterations }: Muon): UpdateResult {
  const { spec, weight, gradient, learningRate, slots, decayed } = inputs;
  const momentum = mixed(slots['momentum']!, gradient, factor);
  const step = nesterov ? mixed(momentum, gradient, factor) : momentum;
  const orthogonal = reshape(orthogonalize(asMatrix(step, spec), iterations), weight.shape);
  const scale = shapeFactor(spec);
  const direction = decayed(scale === 1 ? orthogonal : scaled(orthogonal, scale));
  return { weight: subtract(weight, multiply(direction, learningRate)), slots: { momentum } };
}

function updateByAdam(inputs: UpdateInputs, { adam }: Muon): UpdateResult {
  const { weight, learningRate, decayed } = inputs;
  const { direction, slots } = adamDirection(inputs, adam);
  const rate = scaled(learningRate, adam.rate);
  return { weight: subtract(weight, multiply(decayed(direction), rate)), slots };
}

/**
 * Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/): updates every matrix by its orthogonalized momentum, and all
 * other parameters by AdamW. Decoupled weight decay uses the learning rate of each parameter.
 */
export const muon = defineOptimizer({
  schema,
  create: (config) => ({
    slots: [{ name: 'momentum', initial: 0, of: isMatrix }, ...ADAM_SLOTS.map((slot) => ({ ...slot, of: isNoMatrix }))],
    feeds: adamFeeds(config.adam),
    decaysDirection: true,
    update: (inputs) => (isMatrix(inputs.spec) ? updateMatrix : updateByAdam)(inputs, config),
  }),
});
