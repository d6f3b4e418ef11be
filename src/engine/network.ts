import type { GivenOptions } from '../../models/options.ts';
import { networkOptionsOf, type RunConfig } from '../config/run.ts';
import { networkOptionsOf as optionsOfRecipe } from '../recipe/active.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { networkOf } from './network-file.ts';

/** The options a network is built with: its own, else the recipe's, where they are given. */
export function optionsOf({ network, recipe }: RunConfig): GivenOptions {
  return { ...optionsOfRecipe(recipe), ...networkOptionsOf(network) };
}

/** What an engine must know of the dataset that it trains on. */
interface DatasetFacts {
  readonly description: { readonly classes: readonly string[]; readonly trainExamples: number };
  /** Height and width in pixels of the training images as they are fed. */
  readonly side: number;
  /** Zero pixels around them, from which a window of the input's size is cut. */
  readonly padding: number;
}

/**
 * The engine of a run's network for a dataset.
 * @throws UserError exit code 78 where there is no such network, or not with these options or this input.
 */
export function createNetworkEngine(config: RunConfig, dataset: DatasetFacts): Engine {
  const { network, recipe, data, seed, mode } = config;
  const forward = networkOf(network).build({
    ...optionsOf(config),
    classes: dataset.description.classes.length,
  });
  const { side, padding, description } = dataset;
  const { trainExamples } = description;
  return createEngine({ forward, recipe, input: data.input, side, padding, trainExamples, seed, mode });
}
