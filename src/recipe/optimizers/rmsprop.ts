import { z } from 'zod';
import { add, multiply, op, scalar, subtract, T } from '../../nn/raw.ts';
import { defineOptimizer, scaled } from '../optimizer.ts';

/**
 * TensorFlow's RMSProp, as used for EfficientNet and MobileNet: s = d s + (1 - d) g^2; m = mu m + lr g / sqrt(s + eps); w = w - m.
 * Epsilon is inside the root, the average s starts at 1, and the momentum includes the learning rate.
 */
export const rmsprop = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('rmsprop'),
    /** The fraction of the average of the squared gradients that stays at each step. */
    decay: z.number().gt(0).lt(1).default(0.9),
    /** The fraction of the momentum that stays at each step; 0: no momentum. */
    momentum: z.number().min(0).lt(1).default(0.9),
    /** Added inside the root of the denominator to avoid division by almost 0. */
    epsilon: z.number().positive().default(0.001),
  }),
  create: ({ decay, momentum, epsilon }) => ({
    slots: [
      { name: 'squareAverage', initial: 1 },
      { name: 'momentum', initial: 0 },
    ],
    update: ({ weight, gradient, learningRate, slots }) => {
      const squares = op('Square', [T], [gradient]);
      const average = add(scaled(slots['squareAverage']!, decay), scaled(squares, 1 - decay));
      const root = op('Rsqrt', [T], [add(average, scalar(epsilon))]);
      const step = multiply(multiply(gradient, root), learningRate);
      const moved = add(scaled(slots['momentum']!, momentum), step);
      return {
        weight: subtract(weight, moved),
        slots: { squareAverage: average, momentum: moved },
      };
    },
  }),
});
