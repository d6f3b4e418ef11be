import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findNetwork } from '../../models/registry.ts';
import type { NetworkConfig, RunConfig } from '../config/run.ts';
import type { Catalogue } from '../sweep/plan.ts';

const recipes = new URL('../../configs/recipes/', import.meta.url);

/** As `train` builds it: with the recipe's dropout and stochastic depth, unless the network has its own. */
function networkOptions(network: NetworkConfig, recipe?: RunConfig['recipe']) {
  const { dropout, stochasticDepth } = recipe ?? {};
  const options: Partial<NetworkConfig> = {
    ...(dropout !== undefined && { dropout }),
    ...(stochasticDepth !== undefined && { stochasticDepth }),
    ...network,
  };
  delete options.name;
  return options;
}

/** The networks of this project, for a sweep, which must not know them itself. */
export const catalogue: Catalogue = {
  network: (network, recipe) => {
    const entry = findNetwork(network.name);
    entry.build(networkOptions(network, recipe));
    const recipeFile = fileURLToPath(new URL(`${entry.recipe}.yaml`, recipes));
    return {
      name: entry.name,
      published: entry.published,
      ...(existsSync(recipeFile) ? { recipeFile } : {}),
    };
  },
};
