import { z } from 'zod';
import { networkSchema } from './run.ts';

/** A name that is also a good file name and a good name of a job. */
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
 * A recipe's file, relative to the sweep's, or the recipe itself, or `from` a file with changes; checked as part of each run
 * it ends up in.
 */
const recipeReference = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);

/** `recipe.epochs: 3`: dotted keys of the run config with their values; see config/run.ts. */
const overrides = z.record(z.string().min(1), z.unknown());

/**
 * What runs have in common. A run's own value takes the place of the sweep's; all of it is checked with the run it ends up
 * in, so that the message can name that run.
 */
const shared = {
  recipe: recipeReference.optional(),
  data: z.unknown().optional(),
  level: z.unknown().optional(),
  stopAt: z.unknown().optional(),
  evaluateEvery: z.unknown().optional(),
  budget: z.unknown().optional(),
  mode: z.unknown().optional(),
  execution: z.unknown().optional(),
  set: overrides.optional(),
  seeds: seeds.optional(),
};

const networkChoice = z.union([z.string().min(1), networkSchema]);

export const gridSchema = z.strictObject({
  networks: z.array(networkChoice).min(1),
  /** Files (named after themselves) or recipes under names of their own; left out, each network's recipe. */
  recipes: z.union([z.array(z.string().min(1)).min(1), z.record(nameSchema, recipeReference)]).optional(),
  seeds: seeds.optional(),
  set: overrides.optional(),
});

export const runEntrySchema = z.strictObject({
  /** What other runs and people call it; the network's name unless told. */
  id: nameSchema.optional(),
  network: networkChoice,
  ...shared,
});

export const earlyStopSchema = z.strictObject({
  /**
   * A run that has spent `factor` times the FLOPs with which the cheapest run so far has reached the same level is ended at
   * its next evaluation: it can no longer be the cheapest. Its measurement says so: stoppedEarly, with the limit and that run.
   */
  rule: z.literal('cheapestSoFar'),
  factor: z.number().min(1).default(1),
});

/** A set of runs with a question; each executor adds its own options under its name (sweep/executors/options.ts). */
export const sweepSchema = z.strictObject({
  /** The file's name unless told. */
  name: nameSchema.optional(),
  question: z.string().min(1),
  ...shared,
  runs: z.array(runEntrySchema).default([]),
  grid: gridSchema.optional(),
  earlyStop: earlyStopSchema.optional(),
  /** How often a run that crashed is started again; never one that diverged or met bad data. */
  retries: z.int().min(0).max(1000).default(2),
  /** Seconds before the first of them, doubled with each further one, an hour at most. */
  backoffSeconds: z.number().min(0).max(3600).default(30),
});
export type SweepConfig = z.infer<typeof sweepSchema>;
