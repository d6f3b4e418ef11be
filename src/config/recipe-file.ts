import { dirname, resolve } from 'node:path';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { errorAt, expandedPath, include, includeFile, openYaml, type Path, valueAt, type YamlSource } from './yaml.ts';

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Merges the second config into the first: groups key by key, all other values as a whole. */
function merge(under: unknown, over: unknown): unknown {
  if (!isGroup(under) || !isGroup(over)) return over;
  // A group with a name (optimizer, schedule, crop) replaces a group with another name.
  if ('name' in over && over['name'] !== under['name']) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) merged[key] = key in under ? merge(under[key], value) : value;
  return merged;
}

/** How many keys of a path exist in a value, counted from the top. */
function matchingDepth(value: unknown, [key, ...rest]: Path): number {
  if (key === undefined || value === null || typeof value !== 'object' || !(key in value)) return 0;
  return 1 + matchingDepth((value as Record<string | number, unknown>)[key], rest);
}

function openBase(source: YamlSource, from: unknown, open: typeof openYaml): YamlSource {
  const place = ['recipe', 'from'];
  if (typeof from !== 'string' || from === '')
    throw errorAt(source, place, `expected the path of a recipe file, got ${JSON.stringify(from)}`);
  const folder = dirname(source.file);
  const file = expandedPath(source, place, folder);
  try {
    const base = open(resolve(folder, file));
    if (isGroup(base.value)) return base;
    throw errorAt(source, place, `${from} is not a recipe: expected keys with values`);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.noInput) throw error;
    throw errorAt(source, place, messageOf(error));
  }
}

/**
 * The run config with its recipe included. A recipe is written out, or is the path of a file
 * (`recipe: ../recipes/resnet.yaml`), or changes parts of a file
 * (`recipe: { from: ../recipes/resnet.yaml, batch: 64 }`). Paths are relative to the config file. Messages name the file and
 * line that a value comes from.
 * @throws UserError exit code 78 with file:line:column if the recipe's file does not exist or is not a recipe.
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
      const own = first !== 'recipe' || matchingDepth(changes, rest) >= matchingDepth(base.value, rest);
      return own ? source.locate(path) : whole.locate(path);
    },
    quotedText: (path) => {
      const [first, ...rest] = path;
      const own = first !== 'recipe' || matchingDepth(changes, rest) === rest.length;
      return own ? source.quotedText(path) : whole.quotedText(path);
    },
  };
}
