import { existsSync } from 'node:fs';
import { packageFile } from '../base/files/home.ts';
import { networkOptions, type RunConfig } from '../config/run.ts';
import type { Catalogue } from '../sweep/planning/catalogue.ts';
import { resolveNetworkOptions } from '../engine/network/network.ts';
import { findConfiguredNetwork, withNetwork } from '../engine/network/network-file.ts';

/**
 * Creates the catalogue of the networks that a sweep may name: shipped networks, registered networks and networks in files.
 * @param checkRun throws a UserError if the config of a run does not fit its network.
 */
export function createCatalogue(checkRun: (run: RunConfig) => void): Catalogue {
  return {
    network: (network, run) => {
      const entry = findConfiguredNetwork(network);
      if (run === undefined) entry.build(networkOptions(network));
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

/** The catalogue that checks only the options of networks; it does not load TensorFlow. */
export const catalogue: Catalogue = createCatalogue((run) => {
  findConfiguredNetwork(run.network).build(resolveNetworkOptions(run));
});
