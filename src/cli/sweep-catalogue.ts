import { catalogueWith } from '../api/catalogue.ts';
import type { RunConfig } from '../config/run.ts';
import { resolveNetworkOptions } from '../engine/network.ts';
import { findConfiguredNetwork } from '../engine/network-file.ts';
import { planStep } from '../engine/plan.ts';
import type { Catalogue } from '../sweep/planning/catalogue.ts';

export { catalogue } from '../api/catalogue.ts';

/** What was found to fit; thousands of runs may differ in nothing that matters here. */
const fitting = new Set<string>();

/** Records the forward pass as `train` does, which computes nothing. @throws UserError 78 where the images are too small. */
function requireFit(run: RunConfig): void {
  const { network, recipe, data } = run;
  const options = resolveNetworkOptions(run);
  const { batch, gradientAccumulation } = recipe;
  const key = JSON.stringify([network.name, network.file, options, data.input, batch, gradientAccumulation]);
  if (fitting.has(key)) return;
  const forward = findConfiguredNetwork(network).build(options);
  planStep({ forward, recipe, input: data.input, side: data.input, padding: 0 });
  fitting.add(key);
}

/**
 * The catalogue that also refuses images that are too small for a network. Loads TensorFlow, which takes GPUs and sets
 * threads for every child: for processes that start no runs.
 */
export const fittingCatalogue: Catalogue = catalogueWith(requireFit);
