import { z } from 'zod';
import { optionSchemas } from '../../models/options.ts';
import { sizeProblem } from '../data/augment/schema.ts';
import { networkOptionsOf } from '../recipe/active.ts';
import { dataSchema } from './data.ts';
import { levelSchema, levelValueProblem } from './level.ts';
import { type RecipeConfig, recipeSchema } from './recipe.ts';
import { sessionSchemas } from './session.ts';
import { stageProblem } from './stages.ts';

/**
 * The network with its options. The dataset determines the number of classes. An option that the network does not have is refused
 * when the network is built.
 */
export const networkSchema = z
  .strictObject({
    /**
     * The name of a network that `doubletime models` lists, or the path of a file that exports one: `./my-net.ts`.
     * @example resnet18
     */
    name: z.string().min(1),
    ...optionSchemas,
    /** The file that defines the network; filled in by doubletime if `name` is a path. */
    file: z.string().min(1).optional(),
    /** sha256 of that file in hexadecimal; filled in by doubletime. */
    sha256: z.string().length(64).optional(),
    /** sha256 of each file that it imports, by relative path; filled in by doubletime. */
    imports: z.record(z.string(), z.string().length(64)).optional(),
  })
  .omit({ classes: true })
  .superRefine((network, context) => {
    for (const key of ['sha256', 'imports'] as const)
      if (network[key] !== undefined && network.file === undefined)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `is set, but the network ${network.name} is in no file: remove it`,
          input: network[key],
        });
  });
export type NetworkConfig = z.infer<typeof networkSchema>;

/** Whether a network's name is the path of a file: `./my-net.ts`. */
export const isNetworkFile = (name: string): boolean => name.includes('/') || /\.[cm]?[jt]s$/.test(name);

/** The options that a network is built with: all keys except its name and its file. */
export function networkOptions(network: NetworkConfig): Omit<NetworkConfig, 'name' | 'file' | 'sha256' | 'imports'> {
  const options: Partial<NetworkConfig> = { ...network };
  delete options.name;
  delete options.file;
  delete options.sha256;
  delete options.imports;
  return options;
}

/** The part of a network config that identifies the network. For a network in a file this is the hash of the file, not its path. */
export function networkIdentity(network: NetworkConfig): Omit<NetworkConfig, 'file'> {
  const identity = { ...network };
  delete identity.file;
  return identity;
}

const intervalSchema = z.union([
  z.strictObject({
    /**
     * Epochs between evaluations; either this or `examples` is required.
     * @unit epochs
     * @example 1
     */
    epochs: z.number().positive(),
  }),
  z.strictObject({
    /**
     * Training images between evaluations; either this or `epochs` is required.
     * @unit images
     * @example 50000
     */
    examples: z.int().positive(),
  }),
]);

/** The run stops when it reaches any of these limits. */
export const budgetSchema = z.strictObject({
  /**
   * Training images; an image counts in every epoch.
   * @unit images
   * @example 1000000
   */
  examples: z.int().positive().optional(),
  /**
   * Training compute.
   * @unit FLOPs
   * @example 1e+18
   */
  flops: z.number().positive().optional(),
  /**
   * Duration of the run: training, evaluation and overhead together.
   * @unit hours
   * @example 24
   */
  hours: z.number().positive().optional(),
});

/** Settings that do not change the result, so a resumed run may change them. */
export const executionSchema = z.strictObject({
  /**
   * Threads that decode images; default: one per CPU core.
   * @example 8
   */
  workers: z.int().min(1).max(256).optional(),
  /** The lowest severity of messages in the log. */
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /**
   * Time between checkpoints; default: 60, or more if checkpoints would take more than 0.25 % of the time.
   * @unit seconds
   * @example 300
   */
  checkpointEverySeconds: z.number().positive().optional(),
  /** Number of batches that are prepared ahead of the training step. */
  prefetchBatches: z.int().min(1).max(64).default(4),
  ...sessionSchemas,
  /**
   * Price of the machine per hour, for the cost in the measurement.
   * @example 2.5
   */
  pricePerHour: z.number().nonnegative().max(1e12).optional(),
  /** Currency of `pricePerHour`. */
  currency: z.string().default('USD'),
  /**
   * Peak of the whole machine, for `utilization` in the measurement. Default: the peak of the GPU in the recipe's precision, if it is
   * known.
   * @unit FLOP per second
   * @example 6.7e+13
   */
  peakFlopPerSecond: z.number().min(1).max(1e30).optional(),
});

/** The problem of bfloat16 with `mode: eager`, to print after the name of the key. */
export const EAGER_BFLOAT16 =
  'is bfloat16, but mode: eager runs op by op in float32: set mode to graph, or recipe.precision to float32';

/** The options that the network and the recipe set to different values. */
function optionConflicts(network: NetworkConfig, recipe: RecipeConfig) {
  const own: Readonly<Record<string, unknown>> = networkOptions(network);
  return Object.entries(networkOptionsOf(recipe)).flatMap(([key, other]) =>
    own[key] === undefined || own[key] === other
      ? []
      : [{ key, value: JSON.stringify(own[key]), other: JSON.stringify(other) }],
  );
}

/** One network, one recipe, one dataset, one seed. */
export const runSchema = z
  .strictObject({
    /** The network with its options. */
    network: networkSchema,
    /** The dataset: which images, their size, and how many of them. */
    data: dataSchema,
    /** How the network is trained. */
    recipe: recipeSchema,
    /** The accuracy to reach. */
    level: levelSchema.nullable().default(null),
    /** `level`: the run stops when it reaches its level; `end`: it trains to the end of the recipe. */
    stopAt: z.enum(['level', 'end']).default('level'),
    /** How often the validation split is evaluated. */
    evaluateEvery: intervalSchema.default({ epochs: 1 }),
    /** Limits of the run. It stops when it reaches any of them. */
    budget: budgetSchema.prefault({}),
    /** Seed of everything random: initial weights, order of images, augmentation, dropout. */
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    /** How steps are executed: as one TensorFlow graph, or op by op (a slow reference). */
    mode: z.enum(['graph', 'eager']).default('graph'),
    /** Settings that change at most the last bits of the result. */
    execution: executionSchema.prefault({}),
  })
  .superRefine(({ mode, recipe }, context) => {
    if (mode === 'eager' && recipe.precision === 'bfloat16')
      context.addIssue({
        code: 'custom',
        path: ['recipe', 'precision'],
        message: EAGER_BFLOAT16,
        input: recipe.precision,
      });
    for (const key of ['compile', 'deterministic'] as const)
      if (mode === 'eager' && recipe[key] !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['recipe', key],
          message: `is ${recipe[key]}, but mode: eager runs op by op: remove one of the two`,
          input: recipe[key],
        });
  })
  .superRefine(({ level }, context) => {
    const message = level === null ? undefined : levelValueProblem(level);
    if (message !== undefined)
      context.addIssue({ code: 'custom', path: ['level', 'value'], message, input: level?.value });
  })
  .superRefine(({ network, recipe }, context) => {
    for (const { key, value, other } of optionConflicts(network, recipe))
      context.addIssue({
        code: 'custom',
        path: ['network', key],
        message: `is ${value}, but recipe.${key} is ${other}: remove one of the two`,
        input: value,
      });
  })
  .superRefine(({ network, data, recipe }, context) => {
    const message = stageProblem({ network, data, recipe });
    if (message !== undefined)
      context.addIssue({ code: 'custom', path: ['recipe', 'progressiveResizing'], message, input: recipe });
    const problem = sizeProblem(recipe.augmentation, data.input);
    if (problem === undefined) return;
    const path = ['recipe', 'augmentation', ...problem.path];
    context.addIssue({ code: 'custom', path, message: problem.message, input: recipe.augmentation });
  });
export type RunConfig = z.infer<typeof runSchema>;
