import type { z } from 'zod';
import { dataError, ExitCode, messageOf, UserError } from '../base/errors.ts';
import { findInfinity, isDeeper, MAX_DEPTH } from '../base/json.ts';
import { readText } from '../base/files/read-file.ts';
import { lstatIfExists, statIfExists } from '../base/files/stat.ts';
import { hasValidSeal, MEASUREMENT_VERSION, measurementSchema, type Measurement } from './measurement.ts';
import { migrate } from './migrate.ts';
import { runPaths } from './run-folder.ts';

/** Whether a JSON value is an object. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A path in a JSON value as text: `curve[3].top5`. */
export const jsonPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );

/** The first problem that a schema finds, with its path, and the number of other problems. */
export function describeIssue({ issues }: z.ZodError): string {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${jsonPath(first?.path ?? [])}: ${first?.message ?? 'has an invalid value'}${more}`;
}

/** Parses JSON text. @throws UserError exit code 65 if it is not JSON, is nested too deeply, or has a number out of range. */
export function parseJson(text: string): unknown {
  const value = parseAnyJson(text);
  if (isDeeper(value))
    throw dataError(`has more than ${MAX_DEPTH} groups inside each other: it is damaged, or another kind of file`);
  const infinity = findInfinity(value);
  if (infinity !== undefined)
    throw dataError(
      `${jsonPath(infinity)} is a number outside ±${Number.MAX_VALUE}: the file is damaged or was changed; restore it from a copy`,
    );
  return value;
}

function parseAnyJson(text: string): unknown {
  if (text.startsWith('\uFEFF'))
    throw dataError(
      'not JSON: it starts with a byte order mark; save it as UTF-8 without one, or restore it from a copy',
    );
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw dataError(`not JSON: ${messageOf(error)}`, error);
  }
}

/**
 * A measurement from parsed JSON, migrated to this version of the format. Its shape and its own hash are checked.
 * @throws UserError exit code 65 with the problem and its path.
 */
export function parseMeasurement(value: unknown): Measurement {
  if (!isRecord(value)) throw dataError('not a measurement: the file is JSON, but not a JSON object');
  const parsed = measurementSchema.safeParse(migrate(value));
  if (!parsed.success) throw dataError(`not a valid measurement: ${describeIssue(parsed.error)}`);
  if (!hasValidSeal(parsed.data))
    throw dataError(
      'the measurement is damaged or was changed after it was written: its sha256 differs; restore it from a copy, or train the run again',
    );
  return parsed.data;
}

/**
 * The file of a measurement: the path itself, or `measurement.json` in a run folder.
 * @throws UserError exit code 66 if it is missing.
 */
export function measurementFileAt(path: string): string {
  const file = statIfExists(path)?.isDirectory() ? runPaths(path).measurement : path;
  if (statIfExists(file)) return file;
  const isLink = lstatIfExists(file)?.isSymbolicLink();
  throw new UserError(
    `${file} ${isLink ? 'is a link to a missing file' : 'does not exist'}: name a measurement file, or the folder of a run that has ended`,
    ExitCode.noInput,
  );
}

/** A run with 100,000 evaluations has about 35 MB; a larger file is not a measurement. */
const MAX_BYTES = 64e6;

/** The text of a file that may be a measurement. @throws UserError exit code 65, 66, 74 or 77, with the file's name. */
export const readMeasurementText = (file: string): string => readText(file, { maxBytes: MAX_BYTES });

/**
 * Reads a measurement.
 * @throws UserError exit code 65 if the file is not a valid measurement, otherwise as `readMeasurementText`.
 */
export function readMeasurement(file: string): Measurement {
  const text = readMeasurementText(file);
  try {
    return parseMeasurement(parseJson(text));
  } catch (error) {
    const message = messageOf(error);
    throw dataError(message.includes(file) ? message : `${file}: ${message}`, error);
  }
}

/** The measurement in a text if it is sealed and of this version of the format; its shape is not checked. */
function readSealed(text: string): Measurement | undefined {
  try {
    const value = JSON.parse(text) as Measurement | null;
    return value?.version === MEASUREMENT_VERSION && hasValidSeal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Why a measurement cannot be used: why `readMeasurement` refuses its file, or what `findOther` finds; undefined if nothing is wrong.
 * Takes a third of the time of `readMeasurement`, because the shape of a sealed measurement is not checked: nobody has changed it
 * since doubletime wrote it.
 */
export function findReadProblem(
  file: string,
  findOther?: (measurement: Measurement) => string | undefined,
): string | undefined {
  try {
    const measurement = readSealed(readMeasurementText(file)) ?? readMeasurement(file);
    return findOther?.(measurement);
  } catch (error) {
    if (error instanceof UserError) return messageOf(error);
    throw error;
  }
}
