import { z } from 'zod';
import { add, multiply, op, scalar, subtract, T } from '../../nn/raw.ts';
import { ADAM_SLOTS, adamFeeds, defineOptimizer, mixed } from '../optimizer.ts';

/** Adam (Kingma & Ba 2015, algorithm 1) as in torch.optim.Adam. With decoupled weight decay it is AdamW. */
export const adam = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('adam'),
    /** The fraction of the average of the gradients that stays at each step. */
    beta1: z.number().gt(0).lt(1).default(0.9),
    /** The fraction of the average of the squared gradients that stays at each step. */
    beta2: z.number().gt(0).lt(1).default(0.999),
    /** Added to the denominator to avoid division by almost 0. */
    epsilon: z.number().positive().default(1e-8),
  }),
  create: ({ beta1, beta2, epsilon }) => ({
    slots: ADAM_SLOTS,
    feeds: adamFeeds({ beta1, beta2 }),
    update: ({ weight, gradient, learningRate, slots, feeds }) => {
      const first = mixed(slots['gradientAverage']!, gradient, beta1);
      const squares = op('Square', [T], [gradient]);
      const second = mixed(slots['squareAverage']!, squares, beta2);
      const root = multiply(op('Sqrt', [T], [second]), feeds['squareCorrection']!);
      const numerator = multiply(first, multiply(learningRate, feeds['gradientCorrection']!));
      const change = op('RealDiv', [T], [numerator, add(root, scalar(epsilon))]);
      return {
        weight: subtract(weight, change),
        slots: { gradientAverage: first, squareAverage: second },
      };
    },
  }),
});
