import { z } from 'zod';
import { sizeFault } from './augmentation.ts';
import { dataSchema } from './data.ts';
import { levelSchema } from './level.ts';
import { recipeSchema } from './recipe.ts';

/** Which network, with its options; what a family does not allow is refused when it is built. */
export const networkSchema = z.strictObject({
  name: z.string().min(1),
  width: z.number().positive().optional(),
  depth: z.number().positive().optional(),
  stem: z.enum(['imagenet', 'small']).optional(),
  batchNorm: z.boolean().optional(),
  residual: z.boolean().optional(),
  auxiliary: z.boolean().optional(),
  dropout: z.number().min(0).lt(1).optional(),
  stochasticDepth: z.number().min(0).lt(1).optional(),
});
export type NetworkConfig = z.infer<typeof networkSchema>;

const everySchema = z.union([
  z.strictObject({ epochs: z.number().positive() }),
  z.strictObject({ examples: z.int().positive() }),
]);

export const budgetSchema = z.strictObject({
  examples: z.int().positive().optional(),
  flops: z.number().positive().optional(),
  hours: z.number().positive().optional(),
});

/** What can change while a run is resumed, because the result does not depend on it. */
export const executionSchema = z.strictObject({
  workers: z.int().min(1).max(256).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Seconds between checkpoints; left out, a minute, and longer where one takes long, so that they cost a quarter percent. */
  checkpointEverySeconds: z.number().positive().optional(),
  prefetchBatches: z.int().min(1).max(64).default(4),
  pricePerHour: z.number().nonnegative().max(1e12).optional(),
  currency: z.string().default('USD'),
  /** Of the whole machine; the bounds only keep `utilization` a number. */
  peakFlopPerSecond: z.number().min(1).max(1e30).optional(),
});

/** One network, one recipe, one data set, one seed. */
export const runSchema = z
  .strictObject({
    network: networkSchema,
    data: dataSchema,
    recipe: recipeSchema,
    level: levelSchema.nullable().default(null),
    stopAt: z.enum(['level', 'end']).default('level'),
    evaluateEvery: everySchema.default({ epochs: 1 }),
    budget: budgetSchema.prefault({}),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    mode: z.enum(['graph', 'eager']).default('graph'),
    execution: executionSchema.prefault({}),
  })
  .superRefine(({ data, recipe }, context) => {
    const fault = sizeFault(recipe.augmentation, data.input);
    if (fault === undefined) return;
    const path = ['recipe', 'augmentation', ...fault.path];
    context.addIssue({ code: 'custom', path, message: fault.message, input: recipe.augmentation });
  });
export type RunConfig = z.infer<typeof runSchema>;
