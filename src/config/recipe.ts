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

/** How a network is trained. Rates are those of the whole batch; see docs/training.md for the formulas. */
export const recipeSchema = z
  .strictObject({
    /** Examples in one update of the weights. */
    batch: z.int().min(1).max(65536),
    epochs: z.number().positive(),
    /** The highest of the run. */
    learningRate: z.number().positive(),
    /** Epochs in which the rate rises in a straight line to `learningRate` (Goyal et al. 2017, section 2.2). */
    warmupEpochs: z.number().min(0).default(0),
    /** Part of `learningRate` that the warm-up starts from (torchvision's reference: 0.01). */
    warmupStart: z.number().min(0).lte(1).default(0),
    /** Whether the schedule's own clock starts after the warm-up (torchvision) or with the run (Goyal, EfficientNet). */
    scheduleAfterWarmup: z.boolean().default(true),
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
    /** The L2 norm over all gradients is cut to this (Pascanu et al. 2013). */
    clipGradientNorm: z.number().positive().optional(),
    /** A second set of weights, the exponential moving average of the trained ones; evaluated beside them. */
    movingAverage: z.strictObject({ decay: z.number().gt(0).lt(1) }).optional(),
    /** Szegedy et al. 2016, section 7. */
    labelSmoothing: z.number().min(0).lt(1).default(0),
    /** In how many equal parts a batch is computed, one after another, where it does not fit the memory. */
    gradientAccumulation: z.int().min(1).max(1024).default(1),
    /** Weight of each auxiliary head's loss, where the network has heads (Szegedy et al. 2015, section 5: 0.3). */
    auxiliaryWeight: z.number().min(0).default(0.3),
    /** Chance that a unit before the classifier is dropped; left out, the network's own. */
    dropout: z.number().min(0).lt(1).optional(),
    /** Chance that the last residual branch is dropped (Huang et al. 2016); left out, the network's own. */
    stochasticDepth: z.number().min(0).lt(1).optional(),
    augmentation: augmentationSchema.prefault({}),
  })
  .superRefine((recipe, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message, input: recipe });
    };
    if (recipe.batch % recipe.gradientAccumulation !== 0)
      refuse(
        'gradientAccumulation',
        `${recipe.gradientAccumulation} parts do not divide the batch of ${recipe.batch}; choose a divisor`,
      );
    if (recipe.warmupEpochs >= recipe.epochs)
      refuse(
        'warmupEpochs',
        `must be below the ${recipe.epochs} epochs, got ${recipe.warmupEpochs}`,
      );
    if (recipe.warmupEpochs > 0 && recipe.warmupStart === 0 && recipe.schedulePer === 'epoch')
      refuse(
        'warmupStart',
        'is 0 and the rate stays for an epoch (schedulePer: epoch), so the first epoch would train nothing; give a part of the rate above 0, or schedulePer: step',
      );
    if (recipe.schedule.name === 'onecycle' && recipe.warmupEpochs > 0)
      refuse('warmupEpochs', 'onecycle has a warm-up of its own: leave it out');
  });
export type RecipeConfig = z.infer<typeof recipeSchema>;
