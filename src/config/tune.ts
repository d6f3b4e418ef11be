import { z } from 'zod';
import { isGroup } from '../base/json.ts';
import { formatValue } from '../base/text/value.ts';
import { errorAt, type Path, valueAt, type YamlSource } from './yaml/yaml.ts';

const rangeSchema = z.strictObject({
  /** The smallest value. */
  min: z.number(),
  /** The largest value. */
  max: z.number(),
  /** `log`: the values have even ratios; `linear`: the values have even differences. */
  scale: z.enum(['log', 'linear']),
});
export type TuneRange = z.infer<typeof rangeSchema>;

/** The values that `doubletime search` tries, by dotted key of the run config: `recipe.learningRate: [0.05, 0.1]`. */
export const tuneSchema = z.record(z.string(), z.union([z.array(z.number()).min(1), rangeSchema]));
export type TuneValues = readonly number[] | TuneRange;
export type Tune = Readonly<Record<string, TuneValues>>;

const EXAMPLE = 'such as [0.05, 0.1] or { min: 0.01, max: 0.4, scale: log }';
const PREFIX = 'recipe.';

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** What is wrong with a list of values; undefined if nothing is. */
function listProblem(values: readonly unknown[]): string | undefined {
  if (values.length === 0) return `is an empty list, expected at least one number, ${EXAMPLE}`;
  const numbers = values.filter(isNumber);
  const invalid = values.findIndex((value) => !isNumber(value));
  if (invalid >= 0) return `value ${invalid + 1} is ${formatValue(values[invalid])}, expected a number`;
  const repeated = numbers.find((value, i) => numbers.indexOf(value) !== i);
  return repeated === undefined ? undefined : `contains ${repeated} twice: remove one`;
}

/** What is wrong with a range of values; undefined if nothing is. */
function rangeProblem({ min, max, scale, ...others }: Record<string, unknown>): string | undefined {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `unknown key "${unknown}", expected min, max and scale`;
  if (!isNumber(min) || !isNumber(max))
    return `min is ${formatValue(min)} and max is ${formatValue(max)}, expected two numbers`;
  if (scale === undefined)
    return `the range from ${min} to ${max} can be read with even differences or with even ratios: add scale: linear or scale: log`;
  if (scale !== 'log' && scale !== 'linear') return `scale is ${formatValue(scale)}, expected log or linear`;
  if (min >= max) return `min is ${min} and max is ${max}, expected min to be less than max`;
  return scale === 'log' && min <= 0 ? `min is ${min}, expected a number above 0 with scale: log` : undefined;
}

function valuesProblem(values: unknown): string | undefined {
  if (Array.isArray(values)) return listProblem(values);
  if (isGroup(values)) return rangeProblem(values);
  return `is ${formatValue(values)}, expected a list of numbers or a range, ${EXAMPLE}`;
}

/** The complete dotted key: `recipe.learningRate`. In `tune` of a recipe, the prefix `recipe.` may be left out. */
function completeKey(source: YamlSource, path: Path, key: string): string {
  if (key.startsWith(PREFIX) && key.length > PREFIX.length) return key;
  if (path[0] === 'recipe') return PREFIX + key;
  const problem = key.includes('.')
    ? 'is not a key of the recipe: only recipe.* can be tuned, because other keys change what is measured'
    : `is not a dotted key of the recipe: write recipe.${key === 'recipe' ? 'learningRate' : key}`;
  throw errorAt(source, [...path, key], problem);
}

/**
 * Reads the values to try at `path`; undefined if the key is missing.
 * @throws UserError exit code 78 with file:line:column for an unknown form, an empty list, a value that is not a number, or a
 * range without a scale.
 */
export function readTune(source: YamlSource, path: Path): Tune | undefined {
  const tune = valueAt(source, path);
  if (tune === undefined) return undefined;
  if (!isGroup(tune))
    throw errorAt(source, path, `is ${formatValue(tune)}, expected keys with values: { recipe.epochs: [4, 8] }`);
  const entries = Object.entries(tune).map(([key, values]) => {
    const dottedKey = completeKey(source, path, key);
    const problem = valuesProblem(values);
    if (problem !== undefined) throw errorAt(source, [...path, key], problem);
    return [dottedKey, values as TuneValues] as const;
  });
  const keys = entries.map(([key]) => key);
  const repeated = keys.find((key, i) => keys.indexOf(key) !== i);
  if (repeated !== undefined) throw errorAt(source, path, `contains ${repeated} twice: remove one`);
  return Object.fromEntries(entries);
}

function withoutOwnTune(value: unknown): unknown {
  if (!isGroup(value) || !('tune' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'tune'));
}

/** Returns a copy of a run config without `tune`, its own and that of its recipe, because training ignores it. */
export function withoutTune(source: YamlSource): YamlSource {
  const value = withoutOwnTune(source.value);
  if (!isGroup(value)) return source;
  return { ...source, value: 'recipe' in value ? { ...value, recipe: withoutOwnTune(value['recipe']) } : value };
}
