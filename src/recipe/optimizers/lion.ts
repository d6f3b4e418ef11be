import { z } from 'zod';
import { multiply, op, subtract, T } from '../../nn/raw.ts';
import { defineOptimizer, mixed } from '../optimizer.ts';

/**
 * Lion (Chen et al. 2023, arXiv 2302.06675, algorithm 2): w = w - lr sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g.
 * The paper uses decoupled weight decay.
 */
export const lion = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('lion'),
    /** The fraction of the momentum in the direction of a step; the rest is the gradient. */
    beta1: z.number().gt(0).lt(1).default(0.9),
    /** The fraction of the momentum that stays at each step. */
    beta2: z.number().gt(0).lt(1).default(0.99),
  }),
  create: ({ beta1, beta2 }) => ({
    slots: [{ name: 'momentum', initial: 0 }],
    update: ({ weight, gradient, learningRate, slots }) => {
      const momentum = slots['momentum']!;
      const direction = op('Sign', [T], [mixed(momentum, gradient, beta1)]);
      return {
        weight: subtract(weight, multiply(direction, learningRate)),
        slots: { momentum: mixed(momentum, gradient, beta2) },
      };
    },
  }),
});
