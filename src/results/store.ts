import { existsSync, linkSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { configError, dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../base/errors.ts';
import { fsyncFolder, writeFailure, writeFileAtomic } from '../base/files/files.ts';
import { describeHolder, isLinkRefusal, tryLock } from '../base/files/lock.ts';
import { isFolderEntry, statIfExists } from '../base/files/stat.ts';
import { findExtremeValues, extremeValueText } from './limits.ts';
import type { Measurement } from './measurement.ts';
import { isRecord, parseMeasurement, parseJson, readMeasurement, readMeasurementText } from './read.ts';
import { runFiles } from './run-folder.ts';
import { PLAIN_NAME } from './sweep-plan.ts';

/** A measurement and its file. */
export interface StoredMeasurement {
  readonly file: string;
  readonly measurement: Measurement;
}

/** A file that cannot be used, with the reason in one line. */
export interface UnreadableFile {
  readonly file: string;
  readonly message: string;
}

/** The measurements of some files, and the files that cannot be used. */
export interface LoadedMeasurements {
  readonly stored: readonly StoredMeasurement[];
  readonly unreadable: readonly UnreadableFile[];
}

/** The text of a measurement's file, indented by one space so that git shows differences by line. */
export const measurementText = (measurement: Measurement): string => `${JSON.stringify(measurement, null, 1)}\n`;

/** Folders without measurements. */
const SKIPPED_FOLDERS = new Set([runFiles.checkpoints, runFiles.tensorboard, 'node_modules']);
/** A folder with one of these files is a run's folder. */
const RUN_FILES = new Set<string>([runFiles.measurement, runFiles.curve, runFiles.yaml, runFiles.progress]);

/**
 * The JSON files below a folder that may be measurements; in a run's folder only `measurement.json`. Follows links to folders, and
 * reads each folder once.
 */
function findCandidates(folder: string, seen = new Set<string>()): string[] {
  const real = realpathSync.native(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !SKIPPED_FOLDERS.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isRun = entries.some(({ name }) => RUN_FILES.has(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (isFolderEntry(entry)) return findCandidates(path, seen);
    const isCandidate = isRun ? entry.name === runFiles.measurement : entry.name.endsWith('.json');
    return isCandidate ? [path] : [];
  });
}

/** The files to read. `isNamed` tells whether the user named the file; otherwise it was found in a folder. */
function listFiles(paths: readonly string[]): { file: string; isNamed: boolean }[] {
  return paths.flatMap((path): { file: string; isNamed: boolean }[] => {
    const status = statIfExists(path);
    if (status === undefined)
      throw new UserError(`${path} does not exist: name a file or folder of measurements`, ExitCode.noInput);
    return status.isDirectory()
      ? findCandidates(path).map((file) => ({ file, isNamed: false }))
      : [{ file: path, isNamed: true }];
  });
}

/**
 * Whether a JSON value is no measurement, such as a schema or the published numbers. In a folder it is skipped without a
 * message.
 */
const isOtherJson = (value: unknown): boolean =>
  !isRecord(value) || !['curve', 'crossing', 'totals', 'sha256'].some((key) => key in value);

/** Why a file cannot be used, without its name. */
const describeReadError = (file: string, error: unknown): string =>
  messageOf(error).replace(file, 'it').replace(/^it: /, '');

/** The measurement in a file; undefined for other JSON in a folder. */
function load(file: string, isNamed: boolean): Measurement | undefined {
  const value = parseJson(readMeasurementText(file));
  if (!isNamed && isOtherJson(value)) return undefined;
  const measurement = parseMeasurement(value);
  const [extreme] = findExtremeValues(measurement);
  if (extreme !== undefined) throw dataError(extremeValueText(extreme));
  return measurement;
}

/**
 * Reads measurements from files and, recursively, from folders. Damaged files are in `unreadable`.
 * @throws UserError exit code 66 for a path that does not exist.
 */
export function loadMeasurements(paths: readonly string[]): LoadedMeasurements {
  const stored: StoredMeasurement[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const { file, isNamed } of listFiles(paths)) {
    try {
      const measurement = load(file, isNamed);
      if (measurement !== undefined) stored.push({ file, measurement });
    } catch (error) {
      unreadable.push({ file, message: describeReadError(file, error) });
    }
  }
  return { stored, unreadable };
}

/** The error for paths without a measurement: exit code 66. */
export const noMeasurements = (paths: readonly string[]): UserError =>
  new UserError(
    `no measurements in ${paths.join(', ')}: name files or folders of measurements, or use --published`,
    ExitCode.noInput,
  );

const listingSchema = z.object({
  id: z.string(),
  network: z.string(),
  published: z.string(),
  status: z.string(),
  seed: z.number(),
  sha256: z.string(),
  crossing: z.object({ paperTeraflopSecondDays: z.number(), accuracy: z.number() }).nullable(),
});
/** The fields of a measurement in a list. Only these are checked, so that thousands of measurements are listed fast. */
export type Listing = z.infer<typeof listingSchema> & { readonly file: string };

/** Lists the measurements of a store, and checks only the fields of the list. Damaged files are in `unreadable`. */
export function listMeasurements(folder: string): { listings: Listing[]; unreadable: UnreadableFile[] } {
  const listings: Listing[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const { file } of listFiles([folder])) {
    try {
      const value = parseJson(readMeasurementText(file));
      if (!isOtherJson(value)) listings.push({ ...listingSchema.parse(value), file });
    } catch (error) {
      unreadable.push({ file, message: describeReadError(file, error) });
    }
  }
  return { listings, unreadable };
}

/** Whether a file found in a folder is to be validated: also a damaged one, but not other JSON. */
function mayBeMeasurement(file: string): boolean {
  try {
    return !isOtherJson(parseJson(readMeasurementText(file)));
  } catch {
    return true;
  }
}

/**
 * The files to validate: a named file as it is, and of a folder the files below it that may be measurements.
 * @throws UserError exit code 66 for a path that does not exist, or a folder without measurements.
 */
export const filesToValidate = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => {
    const files = listFiles([path]).filter(({ file, isNamed }) => isNamed || mayBeMeasurement(file));
    if (files.length === 0)
      throw new UserError(`no measurements in ${path}: name a file or folder of measurements`, ExitCode.noInput);
    return files.map(({ file }) => file);
  });

/**
 * The path of a measurement: `folder/<sweep>/<run id>.json`.
 * @throws UserError exit code 78 for names that are not file names.
 */
export function measurementFile(folder: string, sweep: string, id: string): string {
  for (const name of [sweep, id]) {
    if (!PLAIN_NAME.test(name))
      throw configError(`"${name}" is not a name for a measurement: expected letters, digits and . _ - + = @ , only`);
  }
  return join(folder, sweep, `${id}.json`);
}

/**
 * Writes a measurement into a store atomically. It never replaces another measurement. To write the same measurement again
 * changes nothing.
 * @param run the run's id, which names the file; by default the id of the measurement.
 * @returns the file's path.
 * @throws UserError exit code 73 if another measurement has that name or the folder may not be written, 69 if another process is
 * writing the file, 74 if it cannot be written, 78 for a name that is not a file name.
 */
export function storeMeasurement(
  folder: string,
  sweep: string,
  measurement: Measurement,
  run = measurement.id,
): string {
  const file = measurementFile(folder, sweep, run);
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  if (existsSync(file)) return acceptSame(file, measurement);
  writeFileAtomic(temporary, measurementText(measurement));
  try {
    renameToNew(temporary, file);
    fsyncFolder(dirname(file));
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return acceptSame(file, measurement);
    throw writeFailure(file, error);
  } finally {
    rmSync(temporary, { force: true });
  }
  return file;
}

/**
 * Gives a temporary file its name. If another sweep has written that file in the meantime, a link fails; a rename would
 * replace the file, so it needs a lock. It is used on file systems without links.
 */
function renameToNew(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!isLinkRefusal(error)) throw error;
    renameWithLock(temporary, file);
  }
}

function renameWithLock(temporary: string, file: string): void {
  const { lock, heldBy } = tryLock(`${file}.lock`);
  if (heldBy)
    throw new UserError(
      `${file} is being written by ${describeHolder(heldBy)}: run the same command again`,
      ExitCode.unavailable,
    );
  try {
    if (existsSync(file)) throw Object.assign(new Error(`${file} exists`), { code: 'EEXIST' });
    renameSync(temporary, file);
  } finally {
    lock.release();
  }
}

/** Returns the file if it has the same measurement. @throws UserError exit code 73 if it has another one. */
function acceptSame(file: string, measurement: Measurement): string {
  if (readMeasurement(file).sha256 === measurement.sha256) return file;
  throw new UserError(
    `${file} already has another measurement, and measurements are never overwritten: choose another id or results folder`,
    ExitCode.cannotCreate,
  );
}
