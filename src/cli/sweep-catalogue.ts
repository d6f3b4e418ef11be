import { catalogueWith } from '../api/catalogue.ts';
import type { RunConfig } from '../config/run.ts';
import type { Catalogue } from '../sweep/plan.ts';
import { planOf } from '../train/create-engine.ts';
import { optionsOf } from '../train/network.ts';
import { networkOf } from '../train/network-file.ts';

export { catalogue } from '../api/catalogue.ts';

/** What was found to fit; thousands of runs may differ in nothing that matters here. */
const fitting = new Set<string>();

/** Records the forward pass as `train` does, which computes nothing. @throws UserError 78 where the images are too small. */
function requireFit(run: RunConfig): void {
  const { network, recipe, data, seed, mode } = run;
  const options = optionsOf(run);
  const { batch, gradientAccumulation } = recipe;
  const key = JSON.stringify([
    network.name,
    network.file,
    options,
    data.input,
    batch,
    gradientAccumulation,
  ]);
  if (fitting.has(key)) return;
  const forward = networkOf(network).build(options);
  planOf({ forward, recipe, input: data.input, side: data.input, padding: 0, seed, mode });
  fitting.add(key);
}

/**
 * The catalogue that also refuses images that are too small for a network. Loads TensorFlow, which takes GPUs and sets
 * threads for every child: for processes that start no runs.
 */
export const fittingCatalogue: Catalogue = catalogueWith(requireFit);
