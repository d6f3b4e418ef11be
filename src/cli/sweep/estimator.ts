import { ExitCode, UserError } from '../../base/errors.ts';
import { pathExists } from '../../base/files/stat.ts';
import type { RunConfig } from '../../config/run.ts';
import type { DatasetIndex } from '../../data/dataset.ts';
import { knownSize } from '../../data/sources/find.ts';
import { openSource } from '../../data/sources/source.ts';
import { stepCosts } from '../../flops/step.ts';
import type { DataSize, RunCounts } from '../../sweep/planning/estimate.ts';
import { countStageSteps, stepFunctions, recordFunctions } from '../../engine/create-engine.ts';
import { resolveNetworkOptions, stageOptions } from '../../engine/network/network.ts';
import { findConfiguredNetwork } from '../../engine/network/network-file.ts';
import { optionFlag } from '../options/option-flag.ts';
import { planStep } from '../../engine/plan.ts';
import { countParameters } from '../../nn/scope.ts';

/** Records the steps of a run and counts their MACs and FLOPs, without those of image preparation. Loads TensorFlow. */
export function countRun(config: RunConfig, { classes, trainExamples }: DataSize): RunCounts {
  const { network, recipe, data } = config;
  const forward = findConfiguredNetwork(network).build({ ...resolveNetworkOptions(config), classes });
  const plan = planStep({ forward, recipe, input: data.input, side: data.input, padding: 0 });
  const costs = stepCosts(recordFunctions(stepFunctions(plan), recipe.precision), plan);
  const stages = countStageSteps(plan, stageOptions(config, { classes, trainExamples }));
  return { ...costs, parameters: countParameters(plan.specs), ...(stages.length > 0 ? { stages } : {}) };
}

/** The size of a dataset as the user states it, for a dataset that is not on this machine. */
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

/** Whether the size of a dataset can be found without the user. */
const isOnThisMachine = (data: RunConfig['data']): boolean =>
  knownSize(data) !== undefined || pathExists(data.path ?? '');

/**
 * @param stated the size of a dataset that is not on this machine.
 * @throws UserError exit code 64 if every dataset is on this machine, and one has another size.
 */
export function checkStatedSize(stated: StatedSize, runs: readonly { config: Pick<RunConfig, 'data'> }[]): void {
  const names = (['classes', 'trainExamples', 'validationExamples'] as const).filter(
    (name) => stated[name] !== undefined,
  );
  if (names.length === 0 || !runs.every(({ config }) => isOnThisMachine(config.data))) return;
  for (const { config } of runs) {
    const size = findWholeSize(config.data, {});
    const wrong = names.find((name) => stated[name] !== size[name]);
    if (wrong === undefined) continue;
    throw new UserError(
      `${optionFlag(wrong)} is ${stated[wrong]!}, but the dataset ${config.data.path ?? config.data.source} on this machine has ${size[wrong]}: leave ${optionFlag(wrong)} out`,
      ExitCode.usage,
    );
  }
}

/** The size of the whole dataset. @throws UserError exit code 66 if it is not on this machine and `stated` is incomplete. */
function findWholeSize(data: RunConfig['data'], stated: StatedSize): DataSize {
  const known = knownSize(data);
  if (known) return known;
  const { path = '', validationFraction: fraction, partSeed: seed } = data;
  const { classes, trainExamples, validationExamples } = stated;
  const isStated = classes !== undefined && trainExamples !== undefined && validationExamples !== undefined;
  if (!pathExists(path) && isStated) return { classes, trainExamples, validationExamples };
  if (!pathExists(path))
    throw new UserError(
      `the dataset ${path} does not exist on this machine: state its size, such as --classes 1000 --train-examples 1281167 --validation-examples 50000`,
      ExitCode.noInput,
    );
  const holdOut = fraction === undefined ? undefined : { fraction, seed };
  return measureSize(openSource(path, holdOut, data));
}

/**
 * The number of classes and images that a run uses.
 * @param stated replaces the size of a dataset that is not on this machine.
 * @throws UserError exit code 66 if the dataset is not on this machine and `stated` is incomplete.
 */
export function dataSize(data: RunConfig['data'], stated: StatedSize): DataSize {
  const whole = findWholeSize(data, stated);
  return {
    classes: whole.classes,
    trainExamples: data.trainExamples ?? whole.trainExamples,
    validationExamples: data.validationExamples ?? whole.validationExamples,
  };
}
