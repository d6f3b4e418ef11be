import { z } from 'zod';
import { networkSchema } from './run.ts';

/** A name that is also valid as a file name and as a job name. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected letters, digits, ".", "_" and "-" (64 at most)');

const seeds = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  )
  .min(1);

/**
 * A recipe: the path of its file (relative to the sweep config), a complete recipe, or `from` with changes. It is checked as part of
 * each run.
 */
const recipeReference = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);

/** Dotted keys of the run config with their values: `recipe.epochs: 3`; see config/run.ts. */
const overrides = z.record(z.string().min(1), z.unknown());

/**
 * Keys of a sweep and of each of its runs. A run's own value replaces the sweep's. The values are checked as part of each run,
 * so that messages can name the run.
 */
const shared = {
  /** How the networks are trained; default: each network's own recipe (`configs/recipes/`). */
  recipe: recipeReference.optional(),
  /** The dataset, as in a run config. */
  data: z.unknown().optional(),
  /** The accuracy to reach, as in a run config. */
  level: z.unknown().optional(),
  /** As in a run config. */
  stopAt: z.unknown().optional(),
  /** As in a run config. */
  evaluateEvery: z.unknown().optional(),
  /** As in a run config. */
  budget: z.unknown().optional(),
  /** As in a run config. */
  mode: z.unknown().optional(),
  /** As in a run config. */
  execution: z.unknown().optional(),
  /** Changes of the run config by dotted key: `recipe.epochs: 3`. */
  set: overrides.optional(),
  /** Values that `doubletime search` tries; training ignores them. */
  tune: z.unknown().optional(),
  /**
   * One run per seed.
   * @example [0, 1, 2]
   */
  seeds: seeds.optional(),
};

const networkChoice = z.union([z.string().min(1), networkSchema]);

export const gridSchema = z.strictObject({
  /** Names of networks, or networks with options. */
  networks: z.array(networkChoice).min(1),
  /** Recipe files (each named after its file), or recipes by name; default: the recipe of a single run. */
  recipes: z.union([z.array(z.string().min(1)).min(1), z.record(nameSchema, recipeReference)]).optional(),
  /** One run per network, recipe and seed. */
  seeds: seeds.optional(),
  /** Changes of every run config of the grid by dotted key. */
  set: overrides.optional(),
});

export const runEntrySchema = z.strictObject({
  /** The name of the run, for `anchor` and reports; default: the network's name. */
  id: nameSchema.optional(),
  /** The name of a network, or a network with options. */
  network: networkChoice,
  ...shared,
});

export const earlyStopSchema = z.strictObject({
  /**
   * Stops a run at its next evaluation when it has spent `factor` times the FLOPs of the cheapest run that reached the same level. It
   * can no longer be the cheapest. The status in its measurement is `stoppedEarly`, with the limit and the cheapest run.
   */
  rule: z.literal('cheapestSoFar'),
  /** A run may spend this many times the FLOPs of the cheapest run. */
  factor: z.number().min(1).default(1),
});

/** A set of runs that answer one question. Each executor adds its options under its name (sweep/executors/options.ts). */
export const sweepSchema = z.strictObject({
  /** The name of the sweep; default: the file's name. */
  name: nameSchema.optional(),
  /** The question that the sweep answers, in one sentence. */
  question: z.string().min(1),
  ...shared,
  /** The runs, one by one. */
  runs: z.array(runEntrySchema).default([]),
  /** Runs of every combination of networks, recipes and seeds. */
  grid: gridSchema.optional(),
  /** Stops runs that can no longer be the cheapest. */
  earlyStop: earlyStopSchema.optional(),
  /** How often a crashed run is retried. A run that diverged, or has wrong data or a wrong config, is never retried. */
  retries: z.int().min(0).max(1000).default(2),
  /**
   * Time before the first retry. It doubles with each further retry, up to an hour.
   * @unit seconds
   */
  backoffSeconds: z.number().min(0).max(3600).default(30),
});
export type SweepConfig = z.infer<typeof sweepSchema>;
