import { z } from 'zod';
import { formatCount } from '../base/text/format.ts';
import { augmentationSchema } from '../data/augment/schema.ts';
import { findMethodProblems, keepsAverage, lastScheduleEpoch, scheduleTraits } from '../recipe/active.ts';
import { precisionSchema } from '../recipe/precision.ts';
import { methodSchemas, optimizerSchema, scheduleSchema } from '../recipe/schemas.ts';
import { initialWeightsSchema } from './initial-weights.ts';

/** How a network is trained. Learning rates are for the whole batch; docs/training.md has the formulas. */
export const recipeSchema = z
  .strictObject({
    /**
     * Images per training step.
     * @example 256
     */
    batch: z.int().min(1).max(65536),
    /**
     * Passes over all training images; may be a fraction.
     * @unit epochs
     * @example 90
     */
    epochs: z.number().positive(),
    /**
     * The highest learning rate of the run.
     * @example 0.1
     */
    learningRate: z.number().positive(),
    /**
     * Length of the warm-up, in which the learning rate rises linearly to `learningRate` (Goyal et al. 2017, section 2.2).
     * @unit epochs
     * @example 5
     */
    warmupEpochs: z.number().min(0).default(0),
    /** The fraction of `learningRate` at which the warm-up starts (torchvision's reference: 0.01). */
    warmupStart: z.number().min(0).lte(1).default(0),
    /** `true`: the schedule starts after the warm-up (torchvision); `false`: it starts with the run (Goyal et al., EfficientNet). */
    scheduleAfterWarmup: z.boolean().default(true),
    /** Whether the learning rate changes at every step or only once per epoch. */
    schedulePer: z.enum(['step', 'epoch']).default('step'),
    /** How the learning rate changes after the warm-up. */
    schedule: scheduleSchema.default({ name: 'constant' }),
    /** The rule that updates the weights. */
    optimizer: optimizerSchema.prefault({ name: 'sgd' }),
    ...methodSchemas,
    /**
     * The number format of a step: float32; tf32, float32 with products rounded by an NVIDIA GPU; bfloat16, mixed precision.
     * @example bfloat16
     */
    precision: precisionSchema,
    /**
     * A safetensors file of weights to start from; the trend leaves such a run out. Default: random weights.
     * @example pretrained.safetensors
     */
    initialWeights: initialWeightsSchema.optional(),
    /** Random changes of the training images, and how all images are resized or cropped to the input size. */
    augmentation: augmentationSchema.prefault({}),
    /** `xla` compiles clusters of ops with XLA. The last bits of the results change. */
    compile: z.literal('xla').optional(),
    /** Uses only kernels that give the same bits in every run, also on a GPU. The cross-entropy is computed with other ops. */
    deterministic: z
      .boolean()
      .optional()
      // A recipe with `false` is the same as a recipe without the key.
      .transform((on) => (on === true ? on : undefined)),
  })
  .superRefine((recipe, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message, input: recipe });
    };
    for (const { key, message } of findMethodProblems(recipe)) refuse(key, message);
    if (recipe.warmupEpochs >= recipe.epochs)
      refuse('warmupEpochs', `is ${recipe.warmupEpochs}, expected less than recipe.epochs (${recipe.epochs})`);
    if (recipe.warmupEpochs === 0 && recipe.warmupStart !== 0)
      refuse(
        'warmupStart',
        `is ${recipe.warmupStart}, but warmupEpochs is 0, so there is no warm-up: remove warmupStart, or set warmupEpochs above 0`,
      );
    const last = lastScheduleEpoch(recipe);
    if (last >= recipe.epochs)
      refuse(
        'schedule',
        `changes the rate at epoch ${last}, but the run has ${formatCount(recipe.epochs, 'epoch')}: leave that change out, or give more epochs`,
      );
    if (recipe.warmupEpochs > 0 && recipe.warmupStart === 0 && recipe.schedulePer === 'epoch')
      refuse(
        'warmupStart',
        'is 0, but with schedulePer: epoch the learning rate would stay 0 for the whole first epoch: set warmupStart above 0, or schedulePer: step',
      );
    if (scheduleTraits(recipe.schedule).warmsUp === true && recipe.warmupEpochs > 0)
      refuse(
        'warmupEpochs',
        `is ${recipe.warmupEpochs}, but the schedule ${recipe.schedule.name} has its own warm-up: remove warmupEpochs`,
      );
  });
export type RecipeConfig = z.infer<typeof recipeSchema>;

/** The number of training steps of a whole run. All batches are complete, so the run has at least `epochs` epochs. */
export const stepsIn = ({ epochs, batch }: Pick<RecipeConfig, 'epochs' | 'batch'>, trainExamples: number): number =>
  Math.max(1, Math.ceil((epochs * trainExamples) / batch - 1e-9));

/** Whether a run with this recipe evaluates averaged weights beside the trained ones. */
export const isAveraged = (recipe: RecipeConfig): boolean => keepsAverage(recipe);
