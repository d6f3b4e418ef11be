import { dirname, resolve } from 'node:path';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { isGroup } from '../base/json.ts';
import { formatValue } from '../base/text/value.ts';
import {
  errorAt,
  expandedPath,
  include,
  includeFile,
  openYaml,
  type Path,
  valueAt,
  type YamlSource,
} from './yaml/yaml.ts';

/** Merges changes into a config: groups of keys key by key, all other values as a whole. */
function merge(base: unknown, changes: unknown): unknown {
  if (!isGroup(base) || !isGroup(changes)) return changes;
  // A group with another name (optimizer, schedule, crop) has other keys, so it replaces the whole group.
  if ('name' in changes && changes['name'] !== base['name']) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) merged[key] = key in base ? merge(base[key], value) : value;
  return merged;
}

/** The number of keys at the start of a path that exist in a value. */
function matchingDepth(value: unknown, [key, ...rest]: Path): number {
  if (key === undefined || value === null || typeof value !== 'object' || !(key in value)) return 0;
  return 1 + matchingDepth((value as Record<string | number, unknown>)[key], rest);
}

function openBase(source: YamlSource, from: unknown, open: typeof openYaml): YamlSource {
  const place = ['recipe', 'from'];
  if (typeof from !== 'string' || from === '')
    throw errorAt(source, place, `expected the path of a recipe file, got ${formatValue(from)}`);
  const folder = dirname(source.file);
  const file = expandedPath(source, place, folder);
  try {
    const base = open(resolve(folder, file));
    if (isGroup(base.value)) return base;
    throw errorAt(source, place, `${from} is not a recipe: expected keys with values`);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.noInput) throw error;
    throw errorAt(source, place, messageOf(error), ExitCode.noInput);
  }
}

/**
 * Includes the recipe in a run config. In the config, a recipe is complete, or the path of a file
 * (`recipe: ../recipes/resnet.yaml`), or a file with changes (`recipe: { from: ../recipes/resnet.yaml, batch: 64 }`). Paths are
 * relative to the config file. Messages about a value name the file and line from which it comes.
 * @throws UserError with file:line:column: exit code 66 if the recipe's file does not exist, 78 if it is not a recipe.
 */
export function withRecipe(source: YamlSource, open = openYaml): YamlSource {
  const recipe = valueAt(source, ['recipe']);
  if (!isGroup(recipe) || !('from' in recipe)) return includeFile(source, ['recipe'], open);
  const { from, ...changes } = recipe;
  const base = openBase(source, from, open);
  const whole = include(source, ['recipe'], base);
  return {
    ...whole,
    value: { ...(source.value as object), recipe: merge(base.value, changes) },
    locate: (path) => {
      const [first, ...rest] = path;
      const isOwn = first !== 'recipe' || matchingDepth(changes, rest) >= matchingDepth(base.value, rest);
      return isOwn ? source.locate(path) : whole.locate(path);
    },
    quotedText: (path) => {
      const [first, ...rest] = path;
      const isOwn = first !== 'recipe' || matchingDepth(changes, rest) === rest.length;
      return isOwn ? source.quotedText(path) : whole.quotedText(path);
    },
  };
}
