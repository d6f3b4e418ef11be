import { createCatalogue } from '../../api/catalogue.ts';
import type { RunConfig } from '../../config/run.ts';
import { resolveNetworkOptions, stageOptions } from '../../engine/network/network.ts';
import { findConfiguredNetwork } from '../../engine/network/network-file.ts';
import { planStep } from '../../engine/plan.ts';
import { planStages } from '../../engine/stages.ts';
import type { Catalogue } from '../../sweep/planning/catalogue.ts';

export { catalogue } from '../../api/catalogue.ts';

/** Combinations of network, image sizes and batch that passed the check. Thousands of runs may share one. */
const checked = new Set<string>();

/** Records the forward pass without computing it. @throws UserError exit code 78 if the images are too small. */
function checkImageSize(run: RunConfig): void {
  const { network, recipe, data } = run;
  const options = resolveNetworkOptions(run);
  const { batch, gradientAccumulation, progressiveResizing, freeze } = recipe;
  const sizes = [data.input, progressiveResizing, freeze];
  const key = JSON.stringify([network.name, network.file, options, sizes, batch, gradientAccumulation]);
  if (checked.has(key)) return;
  const forward = findConfiguredNetwork(network).build(options);
  const plan = planStep({ forward, recipe, input: data.input, side: data.input, padding: 0 });
  const classes = findConfiguredNetwork(network).options.classes ?? 1000;
  planStages(plan, stageOptions(run, { classes, trainExamples: 1 }));
  checked.add(key);
}

/**
 * The catalogue that also refuses images that are too small for a network. Loads TensorFlow, which allocates GPUs and sets
 * the thread count of every child process. So only processes that start no runs may use it.
 */
export const sizeCheckingCatalogue: Catalogue = createCatalogue(checkImageSize);
