import { z } from 'zod';
import { errorAt, type Path, valueAt, type YamlSource } from './yaml.ts';

const rangeSchema = z.strictObject({
  /** The least value. */
  min: z.number(),
  /** The largest value. */
  max: z.number(),
  /** `log`: every ratio is equally likely; `linear`: every difference is. */
  scale: z.enum(['log', 'linear']),
});
export type TuneRange = z.infer<typeof rangeSchema>;

/** The values that `doubletime search` tries, by dotted key of the run config: `recipe.learningRate: [0.05, 0.1]`. */
export const tuneSchema = z.record(z.string(), z.union([z.array(z.number()).min(1), rangeSchema]));
export type TuneValues = readonly number[] | TuneRange;
export type Tune = Readonly<Record<string, TuneValues>>;

const EXAMPLE = 'such as [0.05, 0.1] or { min: 0.01, max: 0.4, scale: log }';
const PREFIX = 'recipe.';

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Why a list cannot be tried; undefined if it can. */
function listProblem(given: readonly unknown[]): string | undefined {
  if (given.length === 0) return `is an empty list, expected at least one number, ${EXAMPLE}`;
  const list = given.filter(isNumber);
  const other = given.findIndex((value) => !isNumber(value));
  if (other >= 0) return `value ${other + 1} is ${JSON.stringify(given[other])}, expected a number`;
  const repeated = list.find((value, i) => list.indexOf(value) !== i);
  return repeated === undefined ? undefined : `${repeated} is in the list twice: remove one`;
}

/** Why a range cannot be tried; undefined if it can. */
function rangeProblem({ min, max, scale, ...others }: Record<string, unknown>): string | undefined {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `unknown key "${unknown}", expected min, max and scale`;
  if (!isNumber(min) || !isNumber(max))
    return `min is ${JSON.stringify(min)} and max is ${JSON.stringify(max)}, expected two numbers`;
  if (scale === undefined)
    return `the range from ${min} to ${max} can be read with even differences or with even ratios: add scale: linear or scale: log`;
  if (scale !== 'log' && scale !== 'linear') return `scale is ${JSON.stringify(scale)}, expected log or linear`;
  if (min >= max) return `min is ${min} and max is ${max}, expected min to be less than max`;
  return scale === 'log' && min <= 0 ? `min is ${min}, expected a number above 0 with scale: log` : undefined;
}

function valuesProblem(values: unknown): string | undefined {
  if (Array.isArray(values)) return listProblem(values);
  if (isGroup(values)) return rangeProblem(values);
  return `is ${JSON.stringify(values)}, expected a list of numbers or a range, ${EXAMPLE}`;
}

/** A key with its group: `recipe.learningRate`. A recipe's own `tune` may leave out `recipe.`. */
function wholeKey(source: YamlSource, path: Path, key: string): string {
  if (key.startsWith(PREFIX) && key.length > PREFIX.length) return key;
  if (path[0] === 'recipe') return PREFIX + key;
  const problem = key.includes('.')
    ? 'is not a setting of the recipe: only recipe.* can be tuned, because other keys change what is measured'
    : `expected a dotted key of the recipe: recipe.${key === 'recipe' ? 'learningRate' : key}`;
  throw errorAt(source, [...path, key], problem);
}

/**
 * Reads the values to try at `path`; undefined if the key is missing.
 * @throws UserError exit code 78 with file:line:column for an unknown form, an empty list, a value that is not a number, or a
 * range without a scale.
 */
export function readTune(source: YamlSource, path: Path): Tune | undefined {
  const given = valueAt(source, path);
  if (given === undefined) return undefined;
  if (!isGroup(given))
    throw errorAt(source, path, `is ${JSON.stringify(given)}, expected keys with values: { recipe.epochs: [4, 8] }`);
  const entries = Object.entries(given).map(([key, values]) => {
    const whole = wholeKey(source, path, key);
    const problem = valuesProblem(values);
    if (problem !== undefined) throw errorAt(source, [...path, key], problem);
    return [whole, values as TuneValues] as const;
  });
  const keys = entries.map(([key]) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw errorAt(source, path, `${twice} is there twice: remove one`);
  return Object.fromEntries(entries);
}

function withoutOwnTune(value: unknown): unknown {
  if (!isGroup(value) || !('tune' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'tune'));
}

/** A copy of a run's source without `tune`, its own and that of its recipe: training ignores it. */
export function withoutTune(source: YamlSource): YamlSource {
  const value = withoutOwnTune(source.value);
  if (!isGroup(value)) return source;
  return { ...source, value: 'recipe' in value ? { ...value, recipe: withoutOwnTune(value['recipe']) } : value };
}
