import { z } from 'zod';
import { keepsAverage, methodFaults, scheduleTraits } from '../recipe/active.ts';
import { methodSchemas, optimizerSchema, scheduleSchema } from '../recipe/schemas.ts';
import { augmentationSchema } from './augmentation.ts';

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
    ...methodSchemas,
    augmentation: augmentationSchema.prefault({}),
  })
  .superRefine((recipe, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message, input: recipe });
    };
    for (const { key, message } of methodFaults(recipe)) refuse(key, message);
    if (recipe.warmupEpochs >= recipe.epochs)
      refuse('warmupEpochs', `must be below the ${recipe.epochs} epochs, got ${recipe.warmupEpochs}`);
    if (recipe.warmupEpochs > 0 && recipe.warmupStart === 0 && recipe.schedulePer === 'epoch')
      refuse(
        'warmupStart',
        'is 0 and the rate stays for an epoch (schedulePer: epoch), so the first epoch would train nothing; give a part of the rate above 0, or schedulePer: step',
      );
    if (scheduleTraits(recipe.schedule).warmsUp === true && recipe.warmupEpochs > 0)
      refuse('warmupEpochs', `${recipe.schedule.name} has a warm-up of its own: leave it out`);
  });
export type RecipeConfig = z.infer<typeof recipeSchema>;

/** Steps of a whole run: whole batches, so that at least `epochs` epochs are seen. */
export const stepsIn = ({ epochs, batch }: Pick<RecipeConfig, 'epochs' | 'batch'>, trainExamples: number): number =>
  Math.max(1, Math.ceil((epochs * trainExamples) / batch - 1e-9));

/** Whether a run with this recipe evaluates averaged weights beside the trained ones. */
export const isAveraged = (recipe: RecipeConfig): boolean => keepsAverage(recipe);
