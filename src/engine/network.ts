import type { GivenOptions } from '../../models/options.ts';
import { networkOptions, type RunConfig } from '../config/run.ts';
import { firstStepOf, trainingStages } from '../config/stages.ts';
import { networkOptionsOf as optionsOfRecipe } from '../recipe/active.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { InitialImages } from '../nn/whitening.ts';
import { initialWeightsOf } from '../config/initial-weights.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { readInitialWeights } from './initial-weights.ts';
import { findConfiguredNetwork } from './network-file.ts';
import type { StageOptions } from './stages.ts';

/** The options a network is built with: its own, else the recipe's, where they are given. */
export function resolveNetworkOptions({ network, recipe }: RunConfig): GivenOptions {
  return { ...optionsOfRecipe(recipe), ...networkOptions(network) };
}

/** Size of training images as they are fed, and the zero pixels added on each side before a window is cropped. */
interface FedImages {
  /** Height and width in pixels. */
  readonly side: number;
  readonly padding: number;
}

/** The properties of a dataset that an engine depends on. */
interface DatasetFacts extends FedImages {
  readonly description: { readonly classes: readonly string[]; readonly trainExamples: number };
  /** The same of each stage, where the image size changes. */
  readonly stages?: readonly FedImages[];
  /** Training images for initial weights that are computed from them. */
  readonly initialImages?: InitialImages;
}

/**
 * The stages of a run whose image size changes, with the network that each trains. `fed`: how each stage is fed; by default as
 * the network sees the images.
 */
export function stageOptions(
  config: RunConfig,
  { classes, trainExamples }: { readonly classes: number; readonly trainExamples: number },
  fed?: readonly FedImages[],
): StageOptions[] {
  const entry = findConfiguredNetwork(config.network);
  return trainingStages(config).map(({ fromEpoch, input, recipe, frozen }, index) => ({
    fromStep: firstStepOf({ fromEpoch }, recipe, trainExamples),
    forward: entry.build({ ...resolveNetworkOptions({ ...config, recipe }), classes }),
    recipe,
    input,
    frozen,
    ...(fed?.[index] ?? { side: input, padding: 0 }),
  }));
}

/**
 * Creates the engine of a run for a dataset.
 * @throws UserError exit code 78 if the network does not exist, or not with these options or this input size; 65 if the initial
 * weights do not fit it.
 */
export function createNetworkEngine(config: RunConfig, dataset: DatasetFacts): Engine {
  const { network, recipe, data, seed, mode } = config;
  const { side, padding, description } = dataset;
  const { trainExamples } = description;
  const classes = description.classes.length;
  const forward = findConfiguredNetwork(network).build({ ...resolveNetworkOptions(config), classes });
  const stages = stageOptions(config, { classes, trainExamples }, dataset.stages);
  const { initialImages } = dataset;
  const given = initialWeightsOf(recipe);
  const initialWeights = given && ((specs: readonly TensorSpec[]) => readInitialWeights(given, specs, classes));
  return createEngine({
    ...{ forward, recipe, input: data.input, side, padding, trainExamples, seed, mode, stages, initialImages },
    ...(initialWeights && { initialWeights }),
  });
}
