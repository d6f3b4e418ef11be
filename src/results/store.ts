import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { configError, dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../base/errors.ts';
import { fsyncFolder, writeFailure, writeFileAtomic } from '../base/files.ts';
import { describeHolder, isLinkRefusal, tryLock } from '../base/lock.ts';
import { findExcesses, excessText } from './limits.ts';
import type { Measurement } from './measurement.ts';
import { isRecord, measurementOf, parseJson, readMeasurement, readMeasurementText } from './read.ts';
import { runFiles } from './run-folder.ts';

export interface StoredMeasurement {
  readonly file: string;
  readonly measurement: Measurement;
}

/** A file that cannot be used, with the reason in one line. */
export interface UnreadableFile {
  readonly file: string;
  readonly message: string;
}

export interface Loaded {
  readonly stored: readonly StoredMeasurement[];
  readonly unreadable: readonly UnreadableFile[];
}

/** The text of a measurement's file, indented by one space so that git shows differences by line. */
export const measurementText = (measurement: Measurement): string => `${JSON.stringify(measurement, null, 1)}\n`;

/** Folders without measurements. */
const skipped = new Set([runFiles.checkpoints, runFiles.tensorboard, 'node_modules']);
/** A folder with one of these is a run's folder. */
const namesOfRun = new Set<string>([runFiles.measurement, runFiles.curve, runFiles.yaml, runFiles.progress]);

/** The JSON files under a folder that may be measurements; in a run's folder only `measurement.json`. */
function candidates(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !skipped.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isRun = entries.some(({ name }) => namesOfRun.has(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return candidates(path);
    const wanted = isRun ? entry.name === runFiles.measurement : entry.name.endsWith('.json');
    return wanted ? [path] : [];
  });
}

/** Every file to read, and whether the user named it or it was found in a folder. */
function filesOf(paths: readonly string[]): { file: string; named: boolean }[] {
  return paths.flatMap((path): { file: string; named: boolean }[] => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined)
      throw new UserError(`${path} does not exist: name a file or folder of measurements`, ExitCode.noInput);
    return status.isDirectory()
      ? candidates(path).map((file) => ({ file, named: false }))
      : [{ file: path, named: true }];
  });
}

/** Other JSON may lie beside measurements (a schema, the published numbers); a trend skips it without a message. */
const isOtherJson = (value: unknown): boolean =>
  !isRecord(value) || !['curve', 'crossing', 'totals', 'sha256'].some((key) => key in value);

/** Why a file was left out, without its name. */
const describeReadError = (file: string, error: unknown): string =>
  messageOf(error).replace(file, 'it').replace(/^it: /, '');

function load(file: string, named: boolean): Measurement | undefined {
  const value = parseJson(readMeasurementText(file));
  if (!named && isOtherJson(value)) return undefined;
  const measurement = measurementOf(value);
  const [excess] = findExcesses(measurement);
  if (excess !== undefined) throw dataError(excessText(excess));
  return measurement;
}

/**
 * Reads measurements from files and, recursively, folders. Damaged files are listed in `unreadable`.
 * @throws UserError exit code 66 for a path that does not exist.
 */
export function loadMeasurements(paths: readonly string[]): Loaded {
  const stored: StoredMeasurement[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const { file, named } of filesOf(paths)) {
    try {
      const measurement = load(file, named);
      if (measurement !== undefined) stored.push({ file, measurement });
    } catch (error) {
      unreadable.push({ file, message: describeReadError(file, error) });
    }
  }
  return { stored, unreadable };
}

/** @returns UserError exit code 66: these paths hold no measurement. */
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
/** The fields of a measurement in a list. Nothing else is checked, so that thousands are listed at once. */
export type Listing = z.infer<typeof listingSchema> & { readonly file: string };

/** Lists a store without checking whole measurements; other files are listed in `unreadable`. */
export function listMeasurements(folder: string): { listings: Listing[]; unreadable: UnreadableFile[] } {
  const listings: Listing[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const { file } of filesOf([folder])) {
    try {
      const value = parseJson(readMeasurementText(file));
      if (!isOtherJson(value)) listings.push({ ...listingSchema.parse(value), file });
    } catch (error) {
      unreadable.push({ file, message: describeReadError(file, error) });
    }
  }
  return { listings, unreadable };
}

/** `folder/<sweep>/<run id>.json`. @throws UserError exit code 78 for names that are not file names. */
export function measurementFile(folder: string, sweep: string, id: string): string {
  for (const name of [sweep, id]) {
    if (!/^[\w+=@,][\w.+=@,-]*$/.test(name))
      throw configError(`"${name}" cannot name a measurement: use letters, digits and . _ - + = @ , only`);
  }
  return join(folder, sweep, `${id}.json`);
}

/**
 * Writes a measurement into a store, atomically and never over another. Writing the same measurement again does nothing.
 * @param run the run's id, which names the file; by default the id of the measurement.
 * @returns the file's path.
 * @throws UserError exit code 73 if another measurement has that name, 74 if it cannot be written.
 */
export function storeMeasurement(
  folder: string,
  sweep: string,
  measurement: Measurement,
  run = measurement.id,
): string {
  const file = measurementFile(folder, sweep, run);
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  if (existsSync(file)) return refuseOther(file, measurement);
  writeFileAtomic(temporary, measurementText(measurement));
  try {
    giveName(temporary, file);
    fsyncFolder(dirname(file));
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return refuseOther(file, measurement);
    throw writeFailure(file, error);
  } finally {
    rmSync(temporary, { force: true });
  }
  return file;
}

/** A link fails where another sweep wrote the file meanwhile; a rename would replace it, so it needs a lock. */
function giveName(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!isLinkRefusal(error)) throw error;
    renameAlone(temporary, file);
  }
}

function renameAlone(temporary: string, file: string): void {
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

function refuseOther(file: string, measurement: Measurement): string {
  if (readMeasurement(file).sha256 === measurement.sha256) return file;
  throw new UserError(
    `${file} already holds another measurement; measurements are never overwritten: choose another id or results folder`,
    ExitCode.cannotCreate,
  );
}
