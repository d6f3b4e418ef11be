import { existsSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.ts';
import type { RunConfig } from '../config/run.ts';
import type { DatasetIndex } from '../data/dataset.ts';
import { knownSize } from '../data/sources/find.ts';
import { openSource } from '../data/sources/source.ts';
import { stepCosts } from '../flops/step.ts';
import { loadMeasurements } from '../results/store.ts';
import type { DataSize, Estimator, RunCounts } from '../sweep/planning/estimate.ts';
import { countStageSteps, stepFunctions, recordFunctions } from '../engine/create-engine.ts';
import { resolveNetworkOptions, stageOptions } from '../engine/network.ts';
import { findConfiguredNetwork } from '../engine/network-file.ts';
import { planStep } from '../engine/plan.ts';
import { countParameters } from '../nn/scope.ts';

/** Records the steps of a run and counts their MACs and FLOPs, without the preparation of images in the graph. */
export function countRun(config: RunConfig, { classes, trainExamples }: DataSize): RunCounts {
  const { network, recipe, data } = config;
  const forward = findConfiguredNetwork(network).build({ ...resolveNetworkOptions(config), classes });
  const plan = planStep({ forward, recipe, input: data.input, side: data.input, padding: 0 });
  const costs = stepCosts(recordFunctions(stepFunctions(plan), recipe.precision), plan);
  const stages = countStageSteps(plan, stageOptions(config, { classes, trainExamples }));
  return { ...costs, parameters: countParameters(plan.specs), ...(stages.length > 0 ? { stages } : {}) };
}

/** The size of a dataset that is not on this machine, as the user states it. */
export interface StatedSize {
  readonly classes?: number | undefined;
  readonly trainExamples?: number | undefined;
  readonly validationExamples?: number | undefined;
}

const measureSize = ({ classes, train, validation }: DatasetIndex): DataSize => ({
  classes: classes.length,
  trainExamples: train.indices.length,
  validationExamples: validation.indices.length,
});

function wholeSize(data: RunConfig['data'], stated: StatedSize): DataSize {
  const known = knownSize(data);
  if (known) return known;
  const { path = '', validationFraction: fraction, partSeed: seed } = data;
  const { classes, trainExamples, validationExamples } = stated;
  if (classes !== undefined && trainExamples !== undefined && validationExamples !== undefined)
    return { classes, trainExamples, validationExamples };
  if (!existsSync(path))
    throw new UserError(
      `the dataset ${path} does not exist on this machine: state its size, such as --classes 1000 --train-examples 1281167 --validation-examples 50000`,
      ExitCode.noInput,
    );
  const holdOut = fraction === undefined ? undefined : { fraction, seed };
  return measureSize(openSource(path, holdOut, data));
}

/** The number of classes and images that a run uses. If its dataset is not on this machine, from the size the user states. */
export function dataSize(data: RunConfig['data'], stated: StatedSize): DataSize {
  const whole = wholeSize(data, stated);
  return {
    classes: whole.classes,
    trainExamples: data.trainExamples ?? whole.trainExamples,
    validationExamples: data.validationExamples ?? whole.validationExamples,
  };
}

const median = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** FLOP/s by network, measured by earlier runs: the median of that network, or of all networks if it has no run. */
export function measuredSpeed(paths: readonly string[]): Estimator['flopPerSecond'] {
  const { stored } = loadMeasurements(paths);
  if (stored.length === 0)
    throw new UserError(
      `no measurements found in ${paths.join(', ')}: --measured needs measurement files or folders that contain them`,
      ExitCode.noInput,
    );
  const speeds = stored.map(({ measurement: { network, totals } }) => ({
    network,
    speed: totals.flopPerSecond,
  }));
  const medianSpeed = (wanted?: string) =>
    median(
      speeds.filter(({ network, speed }) => speed > 0 && (wanted ?? network) === network).map(({ speed }) => speed),
    );
  return (network) => medianSpeed(network) ?? medianSpeed();
}
