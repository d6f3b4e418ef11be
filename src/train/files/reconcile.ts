import { configError, dataError, messageOf } from '../../base/errors.ts';
import { replaceFile } from '../../base/files/files.ts';
import { hashOfJson, jsonDifferences } from '../../base/json.ts';
import { readTextIfExists } from '../../base/files/read-file.ts';
import { pathExists } from '../../base/files/stat.ts';
import { recipeIdentity } from '../../config/initial-weights.ts';
import { networkIdentity, runSchema, type RunConfig } from '../../config/run.ts';
import { parseJson } from '../../results/read.ts';
import { dependsOnLength } from '../../recipe/active.ts';
import { hasStarted, type RunFolder } from './run-folder.ts';

/** A value that differs between two configs. */
export interface Difference {
  /** The dotted key: `recipe.learningRate`. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** All values that differ between two configs. A missing value equals null. */
export const differences = (before: unknown, now: unknown): Difference[] =>
  jsonDifferences(before, now)
    .filter(({ a, b }) => (a ?? null) !== (b ?? null))
    .map(({ path, a, b }) => ({ key: path.join('.'), before: a, now: b }));

const formatValue = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const describe = ({ key, before, now }: Difference): string => `${key}: ${formatValue(before)} -> ${formatValue(now)}`;

/** Whether a run can be extended by this change. The result must be the same as if the run had been started with it. */
function extendsRun({ key, before, now }: Difference, config: RunConfig): boolean {
  const isLonger = now === undefined || (typeof before === 'number' && Number(now) > before);
  if (key === 'stopAt') return now === 'end';
  if (key.startsWith('budget')) return isLonger && before !== undefined;
  if (key === 'level' || key.startsWith('level.')) return true;
  // More epochs are possible only if the steps so far do not depend on the number of epochs.
  return key === 'recipe.epochs' && isLonger && now !== undefined && !dependsOnLength(config.recipe);
}

/**
 * Whether a key may change at any time: `execution`; `data.labels`, because checkpoints contain a hash of the labels; and the paths
 * of a network file and of initial weights, because their sha256 is compared.
 */
const mayChange = ({ key }: Difference): boolean =>
  key.startsWith('execution.') || ['data.labels', 'network.file', 'recipe.initialWeights.file'].includes(key);

/** Hash of the part of a config that determines the tensors of a checkpoint, with this number of epochs. */
function hashWithEpochs({ network, data: dataConfig, recipe, seed, mode }: RunConfig, epochs: number | null): string {
  const data = { ...dataConfig };
  delete data.labels;
  return hashOfJson({
    network: networkIdentity(network),
    data,
    recipe: { ...recipeIdentity(recipe), epochs },
    seed,
    mode,
  });
}

/** Hash of the part of a config that determines the tensors of a checkpoint. The number of epochs counts if the schedule depends on it. */
export const configHash = (config: RunConfig): string =>
  hashWithEpochs(config, dependsOnLength(config.recipe) ? config.recipe.epochs : null);

/** Whether a checkpoint with this hash is of a run with this config. The hash of early versions has no number of epochs. */
export const fitsConfig = (hash: string, config: RunConfig): boolean =>
  hash === configHash(config) || hash === hashWithEpochs(config, null);

/**
 * The config with which a run was started; undefined before its first step, in the first process of a run that continues another one,
 * and if only the measurement is left.
 * @throws UserError exit code 65 if it is damaged or missing.
 */
export function readStartedConfig(folder: RunFolder): RunConfig | undefined {
  if (!hasStarted(folder)) return undefined;
  const config = readConfig(folder);
  if (config !== undefined || pathExists(folder.measurement) || pathExists(folder.continues)) return config;
  throw dataError(
    `${folder.config} is missing, so the config of the checkpoints is unknown: restore it, or start a new run in another folder`,
  );
}

/** Reads the config with which a run was started; undefined if there is none yet. @throws UserError exit code 65 if it is damaged. */
export function readConfig(folder: RunFolder): RunConfig | undefined {
  const text = readTextIfExists(folder.config);
  if (text === undefined) return undefined;
  try {
    return runSchema.parse(parseJson(text));
  } catch (error) {
    throw dataError(`${folder.config} is not a run config: ${messageOf(error)}`, error);
  }
}

/**
 * Compares a config with the one with which the run was started. Keys that do not change the result may differ at any time; with
 * `extend`, also keys that make the run longer.
 * @throws UserError exit code 78 with every difference that is not allowed.
 */
export function checkChanges(before: RunConfig, now: RunConfig, extend: boolean, path: string): void {
  const changed = differences(before, now).filter((change) => !mayChange(change));
  if (changed.length === 0) return;
  const refused = extend ? changed.filter((change) => !extendsRun(change, now)) : changed;
  if (refused.length === 0) return;
  const isExtension = refused.every((change) => extendsRun(change, now));
  const fix = isExtension
    ? 'to extend the run, add --extend'
    : (refused.some(({ key }) => key === 'data.path')
        ? 'if the images were moved, create a link at the old path; '
        : '') +
      'restore the old values, or start a new run in another folder' +
      (extend
        ? ' (--extend accepts stopAt: end, another level, a larger budget, and more epochs' +
          ' if the schedule does not depend on their number)'
        : '');
  throw configError(`${path} was started with a different config: ${refused.map(describe).join('; ')}; ${fix}`);
}

/** Writes `config.json` for later processes. `run.yaml` stays as it was when the run started. @throws UserError exit code 73 or 74. */
export function writeConfig(
  folder: RunFolder,
  { config, yaml }: { readonly config: RunConfig; readonly yaml: string },
  isNew: boolean,
  requireHeld: () => void,
): void {
  const check = { check: requireHeld };
  if (isNew || !pathExists(folder.yaml)) replaceFile(folder.yaml, [yaml], check);
  replaceFile(folder.config, [`${JSON.stringify(config, null, 2)}\n`], check);
}
