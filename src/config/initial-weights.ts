import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import { readRegularFile } from '../base/read-file.ts';
import { isSystemError, readFailure } from '../base/system-error.ts';
import { errorAt, expandedPath, include, type Path, valueAt, type YamlSource } from './yaml.ts';

const filled = z.strictObject({
  /** The safetensors file; relative to the working folder. */
  file: z.string().min(1),
  /** sha256 of that file in hexadecimal; filled in by doubletime. */
  sha256: z.string().length(64),
});
export type InitialWeights = z.infer<typeof filled>;

/** The weights that a run starts from: a path in a YAML file, and the file with its hash once the config is read. */
export const initialWeightsSchema = z.union([z.string().min(1), filled]);

const PLACE: Path = ['recipe', 'initialWeights'];

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function hashOf(source: YamlSource, file: string): string {
  try {
    return createHash('sha256').update(readRegularFile(file)).digest('hex');
  } catch (error) {
    throw errorAt(source, PLACE, messageOf(isSystemError(error) ? readFailure(file, error) : error));
  }
}

/**
 * Replaces the path of `recipe.initialWeights` by the file and its sha256. The path is relative to the working folder, as
 * `data.path` is.
 * @throws UserError exit code 78 with file:line:column if the file cannot be read, or has another hash than the config names.
 */
export function withInitialWeights(source: YamlSource): YamlSource {
  const given = valueAt(source, PLACE);
  const place = isGroup(given) && typeof given['file'] === 'string' ? [...PLACE, 'file'] : PLACE;
  if (typeof valueAt(source, place) !== 'string') return source;
  const file = resolve(expandedPath(source, place, process.cwd()));
  const sha256 = hashOf(source, file);
  const planned = isGroup(given) ? given['sha256'] : undefined;
  const before = typeof planned === 'string' ? planned : sha256;
  if (before !== sha256)
    throw errorAt(
      source,
      PLACE,
      `${file} has changed since this run was planned (sha256 ${sha256}, expected ${before}): restore it, or plan the run anew`,
    );
  const value = { ...(isGroup(given) ? given : {}), file, sha256 };
  return include(source, PLACE, {
    file: source.file,
    value,
    locate: () => source.locate(PLACE),
    quotedText: () => undefined,
  });
}

/**
 * What identifies a recipe. Of initial weights the content counts, the path does not. The precision float32 is left out:
 * configs from before this key have the same identity.
 */
export function recipeIdentity<Recipe extends object>(recipe: Recipe): Recipe {
  const { initialWeights, precision } = recipe as { initialWeights?: unknown; precision?: unknown };
  const identity: Recipe & { precision?: unknown } = isGroup(initialWeights)
    ? { ...recipe, initialWeights: { sha256: initialWeights['sha256'] } }
    : { ...recipe };
  if (precision === 'float32') delete identity.precision;
  return identity;
}

/** The weights that the recipe of a run or of a measurement starts from; undefined for a run from scratch. */
export function initialWeightsOf(recipe: unknown): InitialWeights | undefined {
  const parsed = isGroup(recipe) ? filled.safeParse(recipe['initialWeights']) : undefined;
  return parsed?.success === true ? parsed.data : undefined;
}
