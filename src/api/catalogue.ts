import { existsSync } from 'node:fs';
import { packageFile } from '../base/home.ts';
import { networkOptionsOf, type RunConfig } from '../config/run.ts';
import type { Catalogue } from '../sweep/planning/catalogue.ts';
import { optionsOf } from '../engine/network.ts';
import { networkOf, withNetwork } from '../engine/network-file.ts';

/**
 * The networks that a sweep may name: shipped networks, registered networks and networks in files.
 * @param checkRun throws a UserError if the config of a run does not fit its network.
 */
export function createCatalogue(checkRun: (run: RunConfig) => void): Catalogue {
  return {
    network: (network, run) => {
      const entry = networkOf(network);
      if (run === undefined) entry.build(networkOptionsOf(network));
      else checkRun(run);
      const recipeFile = packageFile(`configs/recipes/${entry.recipe}.yaml`);
      const { file, sha256, imports } = withNetwork(network);
      return {
        name: entry.name,
        published: entry.published,
        ...(existsSync(recipeFile) && { recipeFile }),
        ...(file !== undefined && { file: { file, sha256, ...(imports && { imports }) } }),
      };
    },
  };
}

/** The catalogue that checks only the options of networks. It does not load TensorFlow. */
export const catalogue: Catalogue = createCatalogue((run) => {
  networkOf(run.network).build(optionsOf(run));
});
