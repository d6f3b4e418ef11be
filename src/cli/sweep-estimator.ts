import { existsSync } from 'node:fs';
import { findNetwork } from '../../models/registry.ts';
import { ExitCode, UserError } from '../base/errors.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataSet } from '../data/dataset.ts';
import { knownSize, openSource } from '../data/source.ts';
import { stepCosts } from '../flops/step.ts';
import { loadMeasurements } from '../results/store.ts';
import type { DataSize, Estimator, RunCounts } from '../sweep/estimate.ts';
import { functionsOf, parametersOf, planOf, recordFunctions } from '../train/create-engine.ts';
import { optionsOf } from '../train/network.ts';

/** Records a run's steps and counts them; the pictures' preparation in the graph is no part of the counts. */
export function countRun(config: RunConfig, classes: number): RunCounts {
  const { network, recipe, data, seed, mode } = config;
  const forward = findNetwork(network.name).build({ ...optionsOf(config), classes });
  const { auxiliaryWeight } = recipe;
  const pictures = { input: data.input, side: data.input, padding: 0 };
  const plan = planOf({ ...pictures, forward, recipe, seed, mode, auxiliaryWeight });
  const parts = recipe.gradientAccumulation;
  const costs = stepCosts(recordFunctions(functionsOf(plan)), { parts, batch: plan.batch });
  return { ...costs, parameters: parametersOf(plan) };
}

/** Pictures that are not on this machine (yet), as the user says. */
export interface StatedSize {
  readonly classes?: number | undefined;
  readonly trainExamples?: number | undefined;
  readonly validationExamples?: number | undefined;
}

const sizeOf = ({ classes, train, validation }: DataSet): DataSize => ({
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
      `${path} is not on this machine: say how large it is, as in --classes 1000 --train-examples 1281167 --validation-examples 50000`,
      ExitCode.noInput,
    );
  const holdOut = fraction === undefined ? undefined : { fraction, seed };
  return sizeOf(openSource(path, holdOut, data));
}

/** How many pictures a run uses: of its data set, or of what the user says of one that is elsewhere. */
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

/** FLOP/s by network as earlier runs measured them: that network's median, for others the median of all. */
export function measuredSpeed(paths: readonly string[]): Estimator['flopPerSecond'] {
  const { stored } = loadMeasurements(paths);
  if (stored.length === 0)
    throw new UserError(`no measurements in ${paths.join(', ')}`, ExitCode.noInput);
  const speeds = stored.map(({ measurement: { network, totals } }) => ({
    network,
    speed: totals.flopPerSecond,
  }));
  const of = (wanted?: string) =>
    median(
      speeds
        .filter(({ network, speed }) => speed > 0 && (wanted ?? network) === network)
        .map(({ speed }) => speed),
    );
  return (network) => of(network) ?? of();
}
