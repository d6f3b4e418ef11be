import { z } from 'zod';
import { bool, MOMENTUM_OP, multiply, ops, scalar, subtract, T } from '../../nn/raw.ts';
import { defineOptimizer, type Optimizer } from '../optimizer.ts';

/** SGD without momentum: w = w - lr g. */
const withoutMomentum: Optimizer = {
  slots: [],
  update: ({ weight, gradient, learningRate }) => ({
    weight: subtract(weight, multiply(gradient, learningRate)),
    slots: {},
  }),
};

/** SGD with momentum as in torch.optim.SGD: m = mu m + g; w = w - lr m, or with Nesterov w = w - lr (g + mu m). */
export const sgd = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('sgd'),
    /** The fraction of the momentum that stays at each step; 0: no momentum. */
    momentum: z.number().min(0).lt(1).default(0.9),
    /** Whether Nesterov's momentum is used (Sutskever et al. 2013). */
    nesterov: z.boolean().default(false),
  }),
  create: ({ momentum, nesterov }) =>
    momentum === 0
      ? withoutMomentum
      : {
          slots: [{ name: 'momentum', initial: 0 }],
          update: ({ weight, gradient, learningRate, slots }) => {
            const inputs = [weight, slots['momentum']!, learningRate, gradient, scalar(momentum)];
            const attributes = [T, bool('use_locking', false), bool('use_nesterov', nesterov)];
            const [moved, velocity] = ops(MOMENTUM_OP, attributes, inputs, 2);
            return { weight: moved, slots: { momentum: velocity } };
          },
        },
});
