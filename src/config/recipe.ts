import { z } from 'zod';

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

const cropSchema = z.discriminatedUnion('name', [
  /** Inception's: a random part of the picture, resized to the input (Szegedy et al. 2015, section 6). */
  z.strictObject({
    name: z.literal('randomResizedCrop'),
    scale: z.tuple([z.number(), z.number()]).default([0.08, 1]),
    ratio: z.tuple([z.number(), z.number()]).default([3 / 4, 4 / 3]),
  }),
  /** The shorter side resized, then a random window of the input's size (Krizhevsky et al. 2012, section 4.1). */
  z.strictObject({ name: z.literal('randomCrop'), shorterSide: z.int().positive() }),
  /** A random window of the picture padded by so many pixels (He et al. 2016, section 4.2, CIFAR-10). */
  z.strictObject({ name: z.literal('paddedCrop'), padding: z.int().min(0) }),
  z.strictObject({ name: z.literal('none') }),
]);

export const augmentationSchema = z.strictObject({
  crop: cropSchema.default({ name: 'none' }),
  flip: z.boolean().default(true),
  interpolation: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']).default('linear'),
  colorJitter: z
    .strictObject({
      brightness: z.number().min(0).default(0.4),
      contrast: z.number().min(0).default(0.4),
      saturation: z.number().min(0).default(0.4),
      hue: z.number().min(0).max(0.5).default(0),
    })
    .optional(),
  /** AlexNet's PCA lighting: standard deviation of the random factors (Krizhevsky et al. 2012, section 4.1). */
  lighting: z.number().min(0).optional(),
  automatic: z
    .discriminatedUnion('name', [
      z.strictObject({
        name: z.literal('randAugment'),
        operations: z.int().positive().default(2),
        magnitude: z.number().min(0).max(30).default(9),
      }),
      z.strictObject({
        name: z.literal('autoAugment'),
        policy: z.enum(['imagenet', 'cifar10']).default('imagenet'),
      }),
    ])
    .optional(),
  /** How a validation picture comes to the input's size: shorter side resized to this, center crop of the input. */
  evaluationShorterSide: z.int().positive().optional(),
  mean: z.tuple([z.number(), z.number(), z.number()]).default([0.485, 0.456, 0.406]),
  standardDeviation: z.tuple([z.number(), z.number(), z.number()]).default([0.229, 0.224, 0.225]),
});
export type AugmentationConfig = z.infer<typeof augmentationSchema>;

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
