import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { configError, dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../base/errors.ts';
import { fsyncFolder, writeFailure, writeFileAtomic } from '../base/files.ts';
import { describeHolder, isLinkRefusal, tryLock } from '../base/lock.ts';
import { excessesOf, excessText } from './limits.ts';
import type { Measurement } from './measurement.ts';
import { isRecord, measurementOf, parseJson, readMeasurement, readMeasurementText } from './read.ts';
import { runFiles } from './run-folder.ts';

export interface StoredMeasurement {
  readonly file: string;
  readonly measurement: Measurement;
}

/** A file that could not be used, and why, in one line. */
export interface Fault {
  readonly file: string;
  readonly message: string;
}

export interface Loaded {
  readonly stored: readonly StoredMeasurement[];
  readonly faults: readonly Fault[];
}

/** A measurement as it stands in a file: one space of indentation, so that git shows what differs. */
export const measurementText = (measurement: Measurement): string => `${JSON.stringify(measurement, null, 1)}\n`;

/** Folders of a run that hold no measurement. */
const skipped = new Set([runFiles.checkpoints, runFiles.tensorboard, 'node_modules']);
/** By these a run's own folder is known. */
const namesOfRun = new Set<string>([runFiles.measurement, runFiles.curve, runFiles.yaml, runFiles.progress]);

/** The JSON files under a folder that may be measurements; of a run's own folder only `measurement.json`. */
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

/** Every file to read, with whether it was named by the user or found in a folder. */
function filesOf(paths: readonly string[]): { file: string; named: boolean }[] {
  return paths.flatMap((path): { file: string; named: boolean }[] => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) throw new UserError(`${path}: no such file or folder`, ExitCode.noInput);
    return status.isDirectory()
      ? candidates(path).map((file) => ({ file, named: false }))
      : [{ file: path, named: true }];
  });
}

/** Other JSON of the project may lie beside measurements (a schema, the published numbers); nobody misses it in a trend. */
const isOtherJson = (value: unknown): boolean =>
  !isRecord(value) || !['curve', 'crossing', 'totals', 'sha256'].some((key) => key in value);

/** Why a file was left out, without its name, which stands beside it. */
const faultOf = (file: string, error: unknown): string => messageOf(error).replace(file, 'it').replace(/^it: /, '');

function load(file: string, named: boolean): Measurement | undefined {
  const value = parseJson(readMeasurementText(file));
  if (!named && isOtherJson(value)) return undefined;
  const measurement = measurementOf(value);
  const [excess] = excessesOf(measurement);
  if (excess !== undefined) throw dataError(excessText(excess));
  return measurement;
}

/**
 * Reads measurements from files and, recursively, folders. Damaged files do not stop it: they are named in `faults`.
 * @throws UserError exit code 66 for a path that does not exist.
 */
export function loadMeasurements(paths: readonly string[]): Loaded {
  const stored: StoredMeasurement[] = [];
  const faults: Fault[] = [];
  for (const { file, named } of filesOf(paths)) {
    try {
      const measurement = load(file, named);
      if (measurement !== undefined) stored.push({ file, measurement });
    } catch (error) {
      faults.push({ file, message: faultOf(file, error) });
    }
  }
  return { stored, faults };
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
/** What a list of measurements shows of each; not checked beyond these fields, so that thousands are listed at once. */
export type Listing = z.infer<typeof listingSchema> & { readonly file: string };

/** Lists a store without checking whole measurements; files that are none are named in `faults`. */
export function listMeasurements(folder: string): { listings: Listing[]; faults: Fault[] } {
  const listings: Listing[] = [];
  const faults: Fault[] = [];
  for (const { file } of filesOf([folder])) {
    try {
      const value = parseJson(readMeasurementText(file));
      if (!isOtherJson(value)) listings.push({ ...listingSchema.parse(value), file });
    } catch (error) {
      faults.push({ file, message: faultOf(file, error) });
    }
  }
  return { listings, faults };
}

/** `folder/<sweep>/<run id>.json`. @throws UserError exit code 78 for names that are no file names. */
export function measurementFile(folder: string, sweep: string, id: string): string {
  for (const name of [sweep, id]) {
    if (!/^[\w+=@,][\w.+=@,-]*$/.test(name))
      throw configError(`"${name}" cannot name a measurement: use letters, digits and . _ - + = @ , only`);
  }
  return join(folder, sweep, `${id}.json`);
}

/**
 * Puts a measurement into a store, once: the whole file or none, and never over another. Writing the same measurement
 * again does nothing.
 * @param run the id of its run, which names the file; the measurement's own unless told.
 * @returns the file's path.
 * @throws UserError exit code 73 where another measurement has the name, 74 where it cannot be written.
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

/** A rename would replace what another sweep wrote meanwhile; a link fails instead, and else only one at a time renames. */
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
    if (existsSync(file)) throw Object.assign(new Error(`${file} is there`), { code: 'EEXIST' });
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
