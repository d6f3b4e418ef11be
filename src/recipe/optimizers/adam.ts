import { z } from 'zod';
import { add, multiply, op, scalar, subtract, T } from '../../nn/raw.ts';
import { defineOptimizer, scaled } from '../optimizer.ts';

/** Adam (Kingma & Ba 2015, algorithm 1) as in torch.optim.Adam; with decoupled weight decay it is AdamW. */
export const adam = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('adam'),
    beta1: z.number().gt(0).lt(1).default(0.9),
    beta2: z.number().gt(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
  }),
  create: ({ beta1, beta2, epsilon }) => ({
    slots: [
      { name: 'gradientAverage', initial: 0 },
      { name: 'squareAverage', initial: 0 },
    ],
    feeds: {
      gradientCorrection: { value: ({ step }) => 1 / (1 - beta1 ** (step + 1)) },
      squareCorrection: { value: ({ step }) => 1 / Math.sqrt(1 - beta2 ** (step + 1)) },
    },
    update: ({ weight, gradient, learningRate, slots, feeds }) => {
      const first = add(scaled(slots['gradientAverage']!, beta1), scaled(gradient, 1 - beta1));
      const squares = op('Square', [T], [gradient]);
      const second = add(scaled(slots['squareAverage']!, beta2), scaled(squares, 1 - beta2));
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
