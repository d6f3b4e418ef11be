import { basename, extname, join } from 'node:path';
import { ExitCode, UserError } from '../../base/errors.ts';
import { isGroup } from '../../base/json.ts';
import { formatValue } from '../../base/text/value.ts';
import { findConfig, shippedConfigs } from '../../config/shipped.ts';
import { errorAt, openYaml, type Path, type YamlSource } from '../../config/yaml/yaml.ts';

/** The file with the outcome of a search, in its folder. */
export const searchFile = (dir: string): string => join(dir, 'search.json');

/** Finds the file of a run or a sweep by its path or by the name of a shipped config. @throws UserError exit code 64 or 66. */
export function findSearchFile(pathOrName: string): string {
  const kinds = (['runs', 'sweeps'] as const).filter((kind) => shippedConfigs(kind).includes(pathOrName));
  if (kinds.length > 1)
    throw new UserError(
      `"${pathOrName}" is both a shipped run and a shipped sweep: write configs/runs/${pathOrName}.yaml or configs/sweeps/${pathOrName}.yaml`,
      ExitCode.usage,
    );
  return findConfig(pathOrName, kinds[0] ?? 'sweeps');
}

/** Whether a file is a run config: it has a network, and neither `runs` nor `grid`. */
export const isRunFile = ({ value }: YamlSource): boolean =>
  isGroup(value) && 'network' in value && !('runs' in value) && !('grid' in value);

/** Converts a run config to a sweep with one run. Messages still name the lines of the run config. */
function asSweep(source: YamlSource): YamlSource {
  const { network, tune, seed, ...shared } = source.value as Record<string, unknown>;
  if (seed !== undefined && !(Number.isInteger(seed) && (seed as number) >= 0))
    throw errorAt(source, ['seed'], `is ${formatValue(seed)}, expected a whole number of at least 0`);
  const toRunPath = (path: Path): Path => {
    if (path[0] === 'runs' && path.length > 2) return path.slice(2);
    return path[0] === 'seeds' ? ['seed'] : path;
  };
  const question = `How much compute does ${basename(source.file, extname(source.file))} need to reach its level?`;
  const run = { network, ...(tune !== undefined && { tune }) };
  const seeds = seed === undefined ? {} : { seeds: [seed] };
  return {
    file: source.file,
    value: { question, ...shared, ...seeds, runs: [run] },
    locate: (path) => source.locate(toRunPath(path)),
    quotedText: (path) => source.quotedText(toRunPath(path)),
  };
}

/**
 * Opens the file of a search. The file of one run becomes a sweep with that run.
 * @throws UserError exit code 66 if the file does not exist, 78 if it is not a config.
 */
export function openSearchFile(pathOrName: string): YamlSource {
  const source = openYaml(findSearchFile(pathOrName));
  return isRunFile(source) ? asSweep(source) : source;
}
