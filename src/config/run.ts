import { z } from 'zod';
import { optionSchemas } from '../../models/options.ts';
import { sizeProblem } from './augmentation.ts';
import { dataSchema } from './data.ts';
import { levelSchema } from './level.ts';
import { recipeSchema } from './recipe.ts';

/**
 * Which network, with its options; the dataset decides on the number of classes. What a family does not allow is refused
 * when the network is built.
 */
export const networkSchema = z
  .strictObject({
    name: z.string().min(1),
    ...optionSchemas,
    /** The file of a network that is not one of doubletime's own; filled in where `name` is the path of a file. */
    file: z.string().min(1).optional(),
    /** sha256 of that file, hexadecimal; filled in. */
    sha256: z.string().length(64).optional(),
    /** sha256 of each file that it imports, by its path from that file; filled in. */
    imports: z.record(z.string(), z.string().length(64)).optional(),
  })
  .omit({ classes: true });
export type NetworkConfig = z.infer<typeof networkSchema>;

/** Whether a network's name is the path of a file that exports one: `./my-net.ts`. */
export const isNetworkFile = (name: string): boolean => name.includes('/') || /\.[cm]?[jt]s$/.test(name);

/** What a network is built with: all but its name and its file. */
export function networkOptions(network: NetworkConfig): Omit<NetworkConfig, 'name' | 'file' | 'sha256' | 'imports'> {
  const options: Partial<NetworkConfig> = { ...network };
  delete options.name;
  delete options.file;
  delete options.sha256;
  delete options.imports;
  return options;
}

/** What tells networks apart: a file's content, and not where it lies. */
export function networkIdentity(network: NetworkConfig): Omit<NetworkConfig, 'file'> {
  const identity = { ...network };
  delete identity.file;
  return identity;
}

const intervalSchema = z.union([
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

/** One network, one recipe, one dataset, one seed. */
export const runSchema = z
  .strictObject({
    network: networkSchema,
    data: dataSchema,
    recipe: recipeSchema,
    level: levelSchema.nullable().default(null),
    stopAt: z.enum(['level', 'end']).default('level'),
    evaluateEvery: intervalSchema.default({ epochs: 1 }),
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
    const problem = sizeProblem(recipe.augmentation, data.input);
    if (problem === undefined) return;
    const path = ['recipe', 'augmentation', ...problem.path];
    context.addIssue({ code: 'custom', path, message: problem.message, input: recipe.augmentation });
  });
export type RunConfig = z.infer<typeof runSchema>;
