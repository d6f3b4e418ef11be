import type { GivenOptions } from '../../../models/options.ts';
import { networkOptions, type RunConfig } from '../../config/run.ts';
import { firstStepOf, trainingStages } from '../../config/stages.ts';
import { networkOptionsOf as optionsOfRecipe } from '../../recipe/active.ts';
import type { TensorSpec } from '../../nn/scope.ts';
import type { InitialImages } from '../../nn/whitening.ts';
import { initialWeightsOf } from '../../config/initial-weights.ts';
import { createEngine } from '../create-engine.ts';
import type { Engine } from '../engine.ts';
import { readInitialWeights } from './initial-weights.ts';
import { findConfiguredNetwork } from './network-file.ts';
import { preparePrecision } from '../precision.ts';
import { runtimeOptions, sessionOptions } from '../session-options.ts';
import { loadTensorFlow } from '../../runtime/tensorflow.ts';
import type { StageOptions } from '../stages.ts';

/** The options that a network is built with: those of the config's `network` and of its recipe. Both never set one differently. */
export function resolveNetworkOptions({ network, recipe }: RunConfig): GivenOptions {
  return { ...optionsOfRecipe(recipe), ...networkOptions(network) };
}

/** How training images are fed. */
interface FedImages {
  /** Height and width in pixels. */
  readonly side: number;
  /** Pixels that are added on each side before a window is cropped. */
  readonly padding: number;
}

/** The properties of a dataset that an engine depends on. */
interface DatasetProperties extends FedImages {
  readonly description: { readonly classes: readonly string[]; readonly trainExamples: number };
  /** How the images of each stage are fed, if the run has stages. */
  readonly stages?: readonly FedImages[];
  /** Training images from which initial weights are computed. */
  readonly initialImages?: InitialImages;
}

/** A dataset, with the first training images if the network computes initial weights from them. */
export async function withInitialImages<D extends { first: (count: number) => Promise<InitialImages> }>(
  dataset: D,
  { network }: RunConfig,
): Promise<D & { readonly initialImages?: InitialImages }> {
  const { initialImages } = findConfiguredNetwork(network);
  return initialImages === undefined ? dataset : { ...dataset, initialImages: await dataset.first(initialImages) };
}

/**
 * The stages of a run, each with the network that it trains; empty if the run has no stages.
 * @param fed how the images of each stage are fed; by default as the network sees them.
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
 * @throws UserError exit code 78 if the network does not exist, or does not accept these options or this input size; 65 if the
 * initial weights do not fit it.
 */
export function createNetworkEngine(config: RunConfig, dataset: DatasetProperties): Engine {
  const { network, recipe, data, seed, mode } = config;
  preparePrecision(recipe.precision, mode);
  loadTensorFlow(runtimeOptions(config));
  const { side, padding, description } = dataset;
  const { trainExamples } = description;
  const classes = description.classes.length;
  const forward = findConfiguredNetwork(network).build({ ...resolveNetworkOptions(config), classes });
  const stages = stageOptions(config, { classes, trainExamples }, dataset.stages);
  const { initialImages } = dataset;
  const file = initialWeightsOf(recipe);
  const initialWeights = file && ((specs: readonly TensorSpec[]) => readInitialWeights(file, specs, classes));
  return createEngine({
    ...{ forward, recipe, input: data.input, side, padding, trainExamples, seed, mode, stages, initialImages },
    ...(initialWeights && { initialWeights }),
    session: sessionOptions(config),
  });
}
