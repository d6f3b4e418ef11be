import { resolve } from 'node:path';
import { z } from 'zod';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import { isGroup } from '../base/json.ts';
import { errorAt, expandedPath, include, type Path, valueAt, type YamlSource } from './yaml.ts';

const resolvedSchema = z.strictObject({
  /** The safetensors file; relative to the working folder. */
  file: z.string().min(1),
  /** sha256 of that file in hexadecimal; filled in by doubletime. */
  sha256: z.string().length(64),
});
export type InitialWeights = z.infer<typeof resolvedSchema>;

/** The weights that a run starts from: a path in a YAML file. In a config that has been read, the file with its hash. */
export const initialWeightsSchema = z.union([z.string().min(1), resolvedSchema]);

const PLACE: Path = ['recipe', 'initialWeights'];

function hashWeights(source: YamlSource, file: string): string {
  try {
    return hashFile(file);
  } catch (error) {
    throw errorAt(source, PLACE, messageOf(error), error instanceof UserError ? error.exitCode : ExitCode.config);
  }
}

/**
 * Replaces the path of `recipe.initialWeights` by the file and its sha256. Like `data.path`, the path is relative to the working
 * folder.
 * @throws UserError with file:line:column: exit code 66 if the file does not exist (docs/exit-codes.md has the codes of other errors), 78
 * if it has another hash than the config states.
 */
export function withInitialWeights(source: YamlSource): YamlSource {
  const configured = valueAt(source, PLACE);
  const place = isGroup(configured) && typeof configured['file'] === 'string' ? [...PLACE, 'file'] : PLACE;
  if (typeof valueAt(source, place) !== 'string') return source;
  const file = resolve(expandedPath(source, place, process.cwd()));
  const sha256 = hashWeights(source, file);
  const planned = isGroup(configured) ? configured['sha256'] : undefined;
  const expected = typeof planned === 'string' ? planned : sha256;
  if (expected !== sha256)
    throw errorAt(
      source,
      PLACE,
      `${file} has changed after this run was planned (sha256 ${sha256}, expected ${expected}): restore it, or plan the run again`,
    );
  const value = { ...(isGroup(configured) ? configured : {}), file, sha256 };
  return include(source, PLACE, {
    file: source.file,
    value,
    locate: () => source.locate(PLACE),
    quotedText: () => undefined,
  });
}

/**
 * The part of a recipe that identifies it. For initial weights this is the hash of the file, not its path. The precision float32 is
 * left out, so that configs without this key have the same identity.
 */
export function recipeIdentity<Recipe extends object>(recipe: Recipe): Recipe {
  const { initialWeights, precision } = recipe as { initialWeights?: unknown; precision?: unknown };
  const identity: Recipe & { precision?: unknown } = isGroup(initialWeights)
    ? { ...recipe, initialWeights: { sha256: initialWeights['sha256'] } }
    : { ...recipe };
  if (precision === 'float32') delete identity.precision;
  return identity;
}

/** The initial weights of a recipe of a run or a measurement; undefined for random weights. */
export function initialWeightsOf(recipe: unknown): InitialWeights | undefined {
  const parsed = isGroup(recipe) ? resolvedSchema.safeParse(recipe['initialWeights']) : undefined;
  return parsed?.success === true ? parsed.data : undefined;
}
