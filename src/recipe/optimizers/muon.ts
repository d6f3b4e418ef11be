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

/** Whether a parameter is a matrix, or a filter that is flattened to one: [out, in * h * w]. */
const isMatrix = ({ role, shape }: TensorSpec): boolean => role === 'weight' && shape.length >= 2;
const isOther = (spec: TensorSpec): boolean => !isMatrix(spec);

/** A parameter as a matrix. A filter's is the transposed one, with its rows in another order, which makes no difference. */
function asMatrix(x: Tensor, { shape, layout }: TensorSpec): Tensor {
  const [out = 1] = shape;
  return layout === 'same' ? reshape(x, [out, -1]) : reshape(x, [-1, out]);
}

/**
 * Nearly the orthogonal factor U V' of a matrix U S V', by Newton-Schulz iterations X = a X + (b P + c P P) X with P = X X'.
 * P is taken on the shorter side; its products count as MACs.
 */
function orthogonalized(matrix: Tensor, iterations: number): Tensor {
  const [rows = 1, columns = 1] = matrix.shape;
  const isWide = rows <= columns;
  const length = squareRoot(multiply(op('L2Loss', [T], [matrix]), scalar(2)));
  let x = divide(matrix, add(length, scalar(NORM_EPSILON)));
  for (let i = 0; i < iterations; i++) {
    const p = isWide ? matrixProduct(x, x, { transposeB: true }) : matrixProduct(x, x, { transposeA: true });
    const polynomial = add(scaled(p, B), scaled(matrixProduct(p, p), C));
    x = add(scaled(x, A), isWide ? matrixProduct(polynomial, x) : matrixProduct(x, polynomial));
  }
  return x;
}

/** sqrt(max(1, rows / columns)) of a matrix. A filter's is 1, as that of a square filter in the author's code. */
const lengthening = ({ shape }: TensorSpec): number =>
  shape.length === 2 ? Math.sqrt(Math.max(1, shape[0]! / shape[1]!)) : 1;

const schema = z.strictObject({
  name: z.literal('muon'),
  /** The part of the old value that the momentum keeps at each step. */
  momentum: z.number().min(0).lt(1).default(0.95),
  /** Uses Nesterov's momentum. */
  nesterov: z.boolean().default(true),
  /** Newton-Schulz iterations per step. */
  iterations: z.int().min(1).max(20).default(5),
  /** AdamW for the parameters that are not matrices: biases and norms. */
  adam: z
    .strictObject({
      /** Its learning rate, as a fraction of the recipe's learning rate (the author's: 3e-4 to 0.02). */
      rate: z.number().positive().default(0.015),
      /** The part of the old value that the average of the gradients keeps at each step. */
      beta1: z.number().gt(0).lt(1).default(0.9),
      /** The part of the old value that the average of the squared gradients keeps at each step. */
      beta2: z.number().gt(0).lt(1).default(0.95),
      /** Added to the denominator, against divisions by almost 0. */
      epsilon: z.number().positive().default(1e-10),
    })
    .prefault({}),
});
type Muon = z.output<typeof schema>;

function moveMatrix(inputs: UpdateInputs, { momentum: factor, nesterov, iterations }: Muon): UpdateResult {
  const { spec, weight, gradient, learningRate, slots, decayed } = inputs;
  const momentum = mixed(slots['momentum']!, gradient, factor);
  const raw = nesterov ? mixed(momentum, gradient, factor) : momentum;
  const orthogonal = reshape(orthogonalized(asMatrix(raw, spec), iterations), weight.shape);
  const factorOfShape = lengthening(spec);
  const direction = decayed(factorOfShape === 1 ? orthogonal : scaled(orthogonal, factorOfShape));
  return { weight: subtract(weight, multiply(direction, learningRate)), slots: { momentum } };
}

function moveOther(inputs: UpdateInputs, { adam }: Muon): UpdateResult {
  const { weight, learningRate, decayed } = inputs;
  const { direction, slots } = adamDirection(inputs, adam);
  const rate = scaled(learningRate, adam.rate);
  return { weight: subtract(weight, multiply(decayed(direction), rate)), slots };
}

/**
 * Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/): the momentum of every matrix is made nearly
 * orthogonal; all other parameters move by AdamW. Decoupled weight decay uses each parameter's own rate.
 */
export const muon = defineOptimizer({
  schema,
  create: (config) => ({
    slots: [{ name: 'momentum', initial: 0, of: isMatrix }, ...ADAM_SLOTS.map((slot) => ({ ...slot, of: isOther }))],
    feeds: adamFeeds(config.adam),
    decaysDirection: true,
    update: (inputs) => (isMatrix(inputs.spec) ? moveMatrix : moveOther)(inputs, config),
  }),
});
