import { configError, dataError, messageOf } from '../../base/errors.ts';
import { isThere, replaceFile } from '../../base/files.ts';
import { hashOfJson, jsonDifferences } from '../../base/json.ts';
import { readTextIfThere } from '../../base/read-file.ts';
import { networkIdentity, runSchema, type RunConfig } from '../../config/run.ts';
import { dependsOnLength } from '../../recipe/active.ts';
import type { RunFolder } from './run-folder.ts';

export interface Difference {
  /** `recipe.learningRate` */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Every value that differs between two configs, by its dotted key; a missing value and null are alike. */
export const differences = (before: unknown, now: unknown): Difference[] =>
  jsonDifferences(before, now)
    .filter(({ a, b }) => (a ?? null) !== (b ?? null))
    .map(({ path, a, b }) => ({ key: path.join('.'), before: a, now: b }));

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const describe = ({ key, before, now }: Difference): string => `${key}: ${shown(before)} -> ${shown(now)}`;

/** Whether a change lets a run go on from where it stands, as if it had been started so. */
function lengthens({ key, before, now }: Difference, config: RunConfig): boolean {
  const longer = now === undefined || (typeof before === 'number' && Number(now) > before);
  if (key === 'stopAt') return now === 'end';
  if (key.startsWith('budget')) return longer && before !== undefined;
  if (key === 'level' || key.startsWith('level.')) return true;
  // Only where the steps already taken would be the same.
  const fixed = !dependsOnLength(config.recipe);
  return key === 'recipe.epochs' && longer && now !== undefined && fixed;
}

/**
 * What may change at any time: `execution`, how a list of labels is read, because the checkpoint holds a hash of the
 * labels themselves, and where the file of a network is, because its sha256 is compared.
 */
const mayChange = ({ key }: Difference): boolean =>
  key.startsWith('execution.') || key === 'data.labels' || key === 'network.file';

/** The part of a config that tensors can depend on; a checkpoint of another is refused. */
export function configHash({ network, data: given, recipe, seed, mode }: RunConfig): string {
  const data = { ...given };
  delete data.labels;
  return hashOfJson({
    network: networkIdentity(network),
    data,
    recipe: { ...recipe, epochs: null },
    seed,
    mode,
  });
}

/** The config that a folder was started with. @throws UserError exit code 65 where it is damaged. */
export function readConfig(folder: RunFolder): RunConfig | undefined {
  const text = readTextIfThere(folder.config);
  if (text === undefined) return undefined;
  try {
    return runSchema.parse(JSON.parse(text));
  } catch (error) {
    throw dataError(`${folder.config} is no config of a run: ${messageOf(error)}`, error);
  }
}

/**
 * Holds the config against the one the folder was started with. `execution` and `data.labels` may change at any time, and
 * with `extend` what lengthens the run.
 * @throws UserError exit code 78 with every difference.
 */
export function checkChanges(before: RunConfig, now: RunConfig, extend: boolean, path: string): void {
  const changed = differences(before, now).filter((change) => !mayChange(change));
  if (changed.length === 0) return;
  const refused = extend ? changed.filter((change) => !lengthens(change, now)) : changed;
  if (refused.length === 0) return;
  const lengthen = refused.every((change) => lengthens(change, now));
  const mend = lengthen
    ? 'to lengthen the run, add --extend'
    : (refused.some(({ key }) => key === 'data.path')
        ? 'for images that were moved, make a link at the old path; '
        : '') +
      'put it back, or start a new run in another folder' +
      (extend
        ? ' (--extend takes a later stopAt or level, a larger budget, and more epochs' +
          ' where the schedule does not depend on their number)'
        : '');
  throw configError(`${path} was started with another config: ${refused.map(describe).join('; ')}; ${mend}`);
}

/** Keeps the config for the next process; the YAML stays as it was given when the run began. */
export function writeConfig(
  folder: RunFolder,
  { config, yaml }: { readonly config: RunConfig; readonly yaml: string },
  isNew: boolean,
  requireHeld: () => void,
): void {
  const check = { check: requireHeld };
  if (isNew || !isThere(folder.yaml)) replaceFile(folder.yaml, [yaml], check);
  replaceFile(folder.config, [`${JSON.stringify(config, null, 2)}\n`], check);
}
