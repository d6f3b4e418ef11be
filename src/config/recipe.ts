import { z } from 'zod';
import { augmentationSchema } from './augmentation.ts';

const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    decay: z.number().gt(0).lt(1).default(0.9),
    momentum: z.number().min(0).lt(1).default(0.9),
    epsilon: z.number().positive().default(0.001),
  }),
  z.strictObject({
    name: z.literal('adam'),
    beta1: z.number().gt(0).lt(1).default(0.9),
    beta2: z.number().gt(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
  }),
]);

const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  z.strictObject({
    name: z.literal('step'),
    everyEpochs: z.number().positive(),
    factor: z.number().gt(0).lt(1).default(0.1),
  }),
  /** Hernandez & Brown 2020, section 3.2: the same total reduction, smoothed over the run. */
  z.strictObject({
    name: z.literal('exponential'),
    totalReduction: z.number().gt(1).default(1000),
  }),
  z.strictObject({
    name: z.literal('polynomial'),
    power: z.number().positive().default(1),
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  z.strictObject({ name: z.literal('cosine'), endFraction: z.number().min(0).lt(1).default(0) }),
  z.strictObject({
    name: z.literal('onecycle'),
    warmFraction: z.number().gt(0).lt(1).default(0.3),
    startDivisor: z.number().gt(1).default(25),
    endDivisor: z.number().gt(1).default(1e4),
  }),
]);

/** How a network is trained. */
export const recipeSchema = z.strictObject({
  batch: z.int().min(1).max(65536),
  epochs: z.number().positive(),
  learningRate: z.number().positive(),
  warmupEpochs: z.number().min(0).default(0),
  /** Whether the learning rate changes with every step or stays for an epoch. */
  schedulePer: z.enum(['step', 'epoch']).default('step'),
  schedule: scheduleSchema.default({ name: 'constant' }),
  optimizer: optimizerSchema.prefault({ name: 'sgd' }),
  weightDecay: z
    .strictObject({
      value: z.number().min(0).default(0),
      /** Coupled: added to the gradient (L2); decoupled: taken from the weights (Loshchilov & Hutter 2019). */
      kind: z.enum(['coupled', 'decoupled']).default('coupled'),
      biases: z.boolean().default(true),
      norms: z.boolean().default(true),
    })
    .prefault({}),
  clipGradientNorm: z.number().positive().optional(),
  movingAverage: z.strictObject({ decay: z.number().gt(0).lt(1) }).optional(),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  gradientAccumulation: z.int().min(1).max(1024).default(1),
  augmentation: augmentationSchema.prefault({}),
});
export type RecipeConfig = z.infer<typeof recipeSchema>;
