import type { GivenOptions } from '../../models/options.ts';
import { findNetwork } from '../../models/registry.ts';
import type { RunConfig } from '../config/run.ts';
import { networkOptionsOf } from '../recipe/active.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';

/** The options of a run's network: those of the config's `network`, otherwise the recipe's. */
export function resolveNetworkOptions({ network, recipe }: RunConfig): GivenOptions {
  const own: Partial<typeof network> = { ...network };
  delete own.name;
  return { ...networkOptionsOf(recipe), ...own };
}

/** The properties of a dataset that an engine depends on. */
interface DatasetFacts {
  readonly description: { readonly classes: readonly string[] };
  /** Height and width in pixels of the training images that are fed. */
  readonly side: number;
  /** Zero pixels added on each side before a window of the input size is cropped. */
  readonly padding: number;
}

/**
 * Creates the engine of a run for a dataset.
 * @throws UserError exit code 78 if the network does not exist, or not with these options or this input size.
 */
export function createNetworkEngine(config: RunConfig, dataset: DatasetFacts): Engine {
  const { network, recipe, data, seed, mode } = config;
  const forward = findNetwork(network.name).build({
    ...resolveNetworkOptions(config),
    classes: dataset.description.classes.length,
  });
  const { side, padding } = dataset;
  return createEngine({ forward, recipe, input: data.input, side, padding, seed, mode });
}
