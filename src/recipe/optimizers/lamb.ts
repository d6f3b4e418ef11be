import { z } from 'zod';
import { add, divide, isLess, multiply, op, scalar, squareRoot, subtract, T } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { ADAM_SLOTS, adamDirection, adamFeeds, defineOptimizer } from '../optimizer.ts';

/** The L2 norm: sqrt(2 L2Loss(x)); a scalar. */
const norm = (x: Tensor): Tensor => squareRoot(multiply(op('L2Loss', [T], [x]), scalar(2)));

/** |w| / |d|; 1 if either norm is 0. A scalar. */
function trustRatio(weight: Tensor, direction: Tensor): Tensor {
  const [weightNorm, directionNorm] = [norm(weight), norm(direction)];
  const bothPositive = multiply(isLess(scalar(0), weightNorm), isLess(scalar(0), directionNorm));
  const otherwise = subtract(scalar(1), bothPositive);
  const ratio = divide(weightNorm, add(directionNorm, otherwise));
  return add(multiply(ratio, bothPositive), otherwise);
}

/**
 * LAMB (You et al. 2020, arXiv 1904.00962, algorithm 2, with phi(x) = x): Adam's direction, including decoupled weight decay, scaled
 * for each parameter to the norm of its weights. As in the authors' code, biases and norms are scaled only if `adapt` is `all`.
 */
export const lamb = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('lamb'),
    /** The fraction of the average of the gradients that stays at each step. */
    beta1: z.number().gt(0).lt(1).default(0.9),
    /** The fraction of the average of the squared gradients that stays at each step. */
    beta2: z.number().gt(0).lt(1).default(0.999),
    /** Added to the denominator to avoid division by almost 0. */
    epsilon: z.number().positive().default(1e-6),
    /** The parameters whose direction is scaled: only weights, or also biases and norms. */
    adapt: z.enum(['weights', 'all']).default('weights'),
  }),
  create: ({ adapt, ...config }) => ({
    slots: ADAM_SLOTS,
    feeds: adamFeeds(config),
    decaysDirection: true,
    update: (inputs) => {
      const { spec, weight, learningRate, decayed } = inputs;
      const adam = adamDirection(inputs, config);
      const direction = decayed(adam.direction);
      const isScaled = adapt === 'all' || spec.role === 'weight';
      const rate = isScaled ? multiply(learningRate, trustRatio(weight, direction)) : learningRate;
      return { weight: subtract(weight, multiply(direction, rate)), slots: adam.slots };
    },
  }),
});
