import { existsSync } from 'node:fs';
import { findNetwork } from '../../models/registry.ts';
import { packageFile } from '../base/home.ts';
import type { NetworkConfig, RunConfig } from '../config/run.ts';
import type { Catalogue } from '../sweep/plan.ts';
import { planOf } from '../train/create-engine.ts';
import { optionsOf } from '../train/network.ts';

/** What was found to fit; thousands of runs may differ in nothing that matters here. */
const fitting = new Set<string>();

/** Records the forward pass as `train` does, which computes nothing. @throws UserError 78 where the pictures are too small. */
function requireFit(run: RunConfig): void {
  const { network, recipe, data, seed, mode } = run;
  const options = optionsOf(run);
  const { batch, gradientAccumulation } = recipe;
  const key = JSON.stringify([network.name, options, data.input, batch, gradientAccumulation]);
  if (fitting.has(key)) return;
  const forward = findNetwork(network.name).build(options);
  planOf({ forward, recipe, input: data.input, side: data.input, padding: 0, seed, mode });
  fitting.add(key);
}

function requireOptions(network: NetworkConfig): void {
  const options: Partial<NetworkConfig> = { ...network };
  delete options.name;
  findNetwork(network.name).build(options);
}

function catalogueWith(requireRun: (run: RunConfig) => void): Catalogue {
  return {
    network: (network, run) => {
      if (run === undefined) requireOptions(network);
      else requireRun(run);
      const entry = findNetwork(network.name);
      const recipeFile = packageFile(`configs/recipes/${entry.recipe}.yaml`);
      return {
        name: entry.name,
        published: entry.published,
        ...(existsSync(recipeFile) && { recipeFile }),
      };
    },
  };
}

/** The networks of this project, for a sweep, which must not know them itself. */
export const catalogue: Catalogue = catalogueWith((run) => {
  findNetwork(run.network.name).build(optionsOf(run));
});

/**
 * The same, which also refuses pictures that are too small for a network. Loads TensorFlow, which takes GPUs and sets threads
 * for every child: for processes that start no runs.
 */
export const fittingCatalogue: Catalogue = catalogueWith(requireFit);
