import { recipeIdentity } from './initial-weights.ts';
import { networkIdentity, type RunConfig } from './run.ts';

/** The part of a run's config that can change its result: without `execution`, and without the paths of files that have a sha256. */
export const configIdentity = (config: RunConfig) => ({
  ...config,
  network: networkIdentity(config.network),
  recipe: recipeIdentity(config.recipe),
  execution: undefined,
});
