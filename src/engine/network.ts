import type { GivenOptions } from '../../models/options.ts';
import { networkOptions, type RunConfig } from '../config/run.ts';
import { networkOptionsOf as optionsOfRecipe } from '../recipe/active.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { findConfiguredNetwork } from './network-file.ts';
import { runtimeOptions, sessionOptions } from './session-options.ts';
import { loadTensorFlow } from '../runtime/tensorflow.ts';

/** The options a network is built with: its own, else the recipe's, where they are given. */
export function resolveNetworkOptions({ network, recipe }: RunConfig): GivenOptions {
  return { ...optionsOfRecipe(recipe), ...networkOptions(network) };
}

/** The properties of a dataset that an engine depends on. */
interface DatasetFacts {
  readonly description: { readonly classes: readonly string[]; readonly trainExamples: number };
  /** Height and width in pixels of the training images as they are fed. */
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
  loadTensorFlow(runtimeOptions(config));
  const forward = findConfiguredNetwork(network).build({
    ...resolveNetworkOptions(config),
    classes: dataset.description.classes.length,
  });
  const { side, padding, description } = dataset;
  const { trainExamples } = description;
  const session = sessionOptions(config);
  return createEngine({ forward, recipe, input: data.input, side, padding, trainExamples, seed, mode, session });
}
