import { parseOverride, setByKey } from './overrides.ts';
import { withRecipe } from './recipe-file.ts';
import { runSchema, type RunConfig } from './run.ts';
import { include, openYaml, validateYaml, type YamlSource } from './yaml.ts';

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
