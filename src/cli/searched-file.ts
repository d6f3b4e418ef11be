import { basename, extname } from 'node:path';
import { ExitCode, UserError } from '../base/errors.ts';
import { findConfig, shippedConfigs } from '../config/shipped.ts';
import { errorAt, openYaml, type Path, type YamlSource } from '../config/yaml.ts';

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The file of a run or a sweep, by path or by the name of a shipped config. @throws UserError exit code 64 or 66 */
export function findSearched(given: string): string {
  const kinds = (['runs', 'sweeps'] as const).filter((kind) => shippedConfigs(kind).includes(given));
  if (kinds.length > 1)
    throw new UserError(
      `"${given}" is both a shipped run and a shipped sweep: write configs/runs/${given}.yaml or configs/sweeps/${given}.yaml`,
      ExitCode.usage,
    );
  return findConfig(given, kinds[0] ?? 'sweeps');
}

/** Whether a file is that of one run: it has a network, and no list of runs. */
export const isRunFile = ({ value }: YamlSource): boolean =>
  isGroup(value) && 'network' in value && !('runs' in value) && !('grid' in value);

/** A run's file as a sweep of that run alone; messages name its own lines. */
function asSweep(source: YamlSource): YamlSource {
  const { network, tune, seed, ...shared } = source.value as Record<string, unknown>;
  if (seed !== undefined && !(Number.isInteger(seed) && (seed as number) >= 0))
    throw errorAt(source, ['seed'], `is ${JSON.stringify(seed)}, expected a whole number of at least 0`);
  const own = (path: Path): Path => {
    if (path[0] === 'runs' && path.length > 2) return path.slice(2);
    return path[0] === 'seeds' ? ['seed'] : path;
  };
  const question = `How much compute does ${basename(source.file, extname(source.file))} need to reach its level?`;
  const run = { network, ...(tune !== undefined && { tune }) };
  const seeds = seed === undefined ? {} : { seeds: [seed] };
  return {
    file: source.file,
    value: { question, ...shared, ...seeds, runs: [run] },
    locate: (path) => source.locate(own(path)),
    quotedText: (path) => source.quotedText(own(path)),
  };
}

/**
 * Reads what a search is asked to search: a sweep, or a run, as a sweep.
 * @throws UserError exit code 66 if there is no such file, 78 if it is not a config.
 */
export function openSearched(given: string): YamlSource {
  const source = openYaml(findSearched(given));
  return isRunFile(source) ? asSweep(source) : source;
}
