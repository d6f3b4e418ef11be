import { dirname, resolve } from 'node:path';
import { parseOverride, setByKey } from './overrides.ts';
import { runSchema, type RunConfig } from './run.ts';
import { errorAt, include, includeFile, openYaml, validateYaml, type YamlSource } from './yaml.ts';

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The second config laid over the first: groups key by key, all else as a whole. */
function laidOver(under: unknown, over: unknown): unknown {
  if (!isGroup(under) || !isGroup(over)) return over;
  // A group that says which kind it is (optimizer, schedule, crop) replaces one of another kind.
  if ('name' in over && over['name'] !== under['name']) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over))
    merged[key] = key in under ? laidOver(under[key], value) : value;
  return merged;
}

/**
 * A recipe is written out, or names its file (`recipe: ../recipes/resnet.yaml`), or starts from a file and changes parts
 * of it (`recipe: { from: ../recipes/resnet.yaml, batch: 64 }`). Paths are relative to the file they stand in.
 */
function withRecipe(source: YamlSource): YamlSource {
  const recipe = isGroup(source.value) ? source.value['recipe'] : undefined;
  if (!isGroup(recipe) || !('from' in recipe)) return includeFile(source, ['recipe']);
  const { from, ...changes } = recipe;
  if (typeof from !== 'string') throw errorAt(source, ['recipe', 'from'], 'expected a file name');
  const base = openYaml(resolve(dirname(source.file), from));
  const whole = include(source, ['recipe'], base);
  return {
    ...whole,
    value: { ...(source.value as object), recipe: laidOver(base.value, changes) },
    locate: (path) => {
      const own = path[0] !== 'recipe' || (path[1] !== undefined && path[1] in changes);
      return own ? source.locate(path) : whole.locate(path);
    },
  };
}

/** `--set recipe=FILE` puts another file, relative to the working folder, in the recipe's place. */
function withRecipeSet(
  source: YamlSource,
  set: readonly (readonly [string, unknown])[],
): YamlSource {
  const file = set.findLast(([key, value]) => key === 'recipe' && typeof value === 'string')?.[1];
  return typeof file === 'string'
    ? include(source, ['recipe'], openYaml(file))
    : withRecipe(source);
}

/**
 * Reads a run's YAML file with its recipe, lays `--set key=value` over it and fills in the defaults.
 * @throws UserError exit code 78 with file, line and key, or the override that is wrong; 66 where it cannot be read.
 */
export function loadRun(file: string, overrides: readonly string[] = []): RunConfig {
  const set = overrides.map((text) => parseOverride(text));
  const source = withRecipeSet(openYaml(file), set);
  const values = set.filter(([key, value]) => key !== 'recipe' || typeof value !== 'string');
  const value = values.reduce<unknown>(
    (config, [key, to]) => setByKey(config, key, to),
    source.value,
  );
  const locate = (path: readonly (string | number)[]): string => {
    const key = path.join('.');
    const from = overrides.find((_, i) => key === set[i]![0] || key.startsWith(`${set[i]![0]}.`));
    return from === undefined ? source.locate(path) : `--set ${from}`;
  };
  return validateYaml({ ...source, value, locate }, runSchema);
}
