import { networkOptionsOf, type RunConfig } from '../config/run.ts';
import type { Pictures } from '../data/batch.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { networkOf } from './network-file.ts';

/** The options a network is built with: its own, else the recipe's, where they are given. */
export function optionsOf({ network, recipe }: RunConfig) {
  return {
    ...(recipe.dropout !== undefined && { dropout: recipe.dropout }),
    ...(recipe.stochasticDepth !== undefined && { stochasticDepth: recipe.stochasticDepth }),
    ...networkOptionsOf(network),
  };
}

/**
 * The engine of a run's network for a data set.
 * @throws UserError exit code 78 where there is no such network, or not with these options or this input.
 */
export function createNetworkEngine(config: RunConfig, pictures: Pictures): Engine {
  const { network, recipe, data, seed, mode } = config;
  const forward = networkOf(network).build({
    ...optionsOf(config),
    classes: pictures.description.classes.length,
  });
  const { side, padding } = pictures;
  const { auxiliaryWeight } = recipe;
  return createEngine({
    ...{ forward, recipe, input: data.input, side, padding, seed, mode, auxiliaryWeight },
  });
}
