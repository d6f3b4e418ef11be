import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../base/errors.ts';
import { replaceFile, writeFailure, writeFileAtomic } from '../base/files/files.ts';
import { readText } from '../base/files/read-file.ts';
import { shellQuote } from '../base/text/shell.ts';
import { folderExists, lstatIfExists, statIfExists } from '../base/files/stat.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { planText, readPlan, type PlannedRun, type SweepPlan } from '../results/sweep-plan.ts';

/** Whether the sweep's folder contains exactly this plan. */
export const isSaved = (dir: string, plan: SweepPlan): boolean =>
  readIfExists(sweepPaths(dir).plan(plan.name)) === planText(plan);

/** Writes the plan into the sweep's folder, unless the folder already contains it. @throws UserError 73 or 74. */
export function savePlan(dir: string, plan: SweepPlan): void {
  if (!isSaved(dir, plan)) writeFileAtomic(sweepPaths(dir).plan(plan.name), planText(plan));
}

/** The text of a regular file; undefined if it does not exist or cannot be read. */
export function readIfExists(file: string): string | undefined {
  try {
    return readText(file);
  } catch {
    return undefined;
  }
}

/**
 * The files of the plans of all sweeps in a folder, sorted.
 * @throws UserError 66 if the folder contains none; the system's error if it may not be read.
 */
function listPlans(dir: string): string[] {
  const { plans } = sweepPaths(dir);
  const names = folderExists(plans) ? readdirSync(plans).filter((n) => n.endsWith('.json')) : [];
  if (names.length === 0)
    throw new UserError(
      `${dir} contains no sweep: start one with doubletime sweep SWEEP.yaml --dir ${shellQuote(dir)}`,
      ExitCode.noInput,
    );
  return names.sort().map((name) => join(plans, name));
}

/** Reads the plans of all sweeps in a folder. @throws UserError 66 if the folder contains none, 65 for a damaged plan. */
export const loadPlans = (dir: string): SweepPlan[] => listPlans(dir).map(readPlan);

/** Reads the plan of one sweep in a folder; undefined if the folder does not contain it. @throws UserError 65 if it is damaged. */
export function loadPlan(dir: string, sweep: string): SweepPlan | undefined {
  const file = sweepPaths(dir).plan(sweep);
  return statIfExists(file) === undefined ? undefined : readPlan(file);
}

/** Why plans of a folder cannot be read, one line per damaged plan. @throws UserError 66 if the folder contains no plan. */
export function findDamagedPlans(dir: string): string[] {
  return listPlans(dir).flatMap((file) => {
    try {
      readPlan(file);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
}

/**
 * Writes a run's `run.yaml` for `train`, unless it already has this content. Returns its absolute path.
 * @param value the value of the level, if an anchor has set it.
 * @throws UserError 73 or 74 if the file cannot be written.
 */
export function prepareRun(dir: string, run: PlannedRun, value?: number): string {
  const file = resolve(runPaths(sweepPaths(dir).run(run.id)).yaml);
  const { config } = run;
  const level = config.level && value !== undefined ? { ...config.level, value } : config.level;
  const header = `# ${run.id}: written by doubletime sweep; changes are overwritten\n`;
  const text = header + stringify({ ...config, level });
  if (readIfExists(file) !== text) replaceFile(file, [text]);
  return file;
}

/** Creates one folder but not its parents, so that a deleted sweep folder is not created again. @throws UserError 73 or 74. */
export function makeOneFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST' || !statIfExists(path)?.isDirectory()) throw writeFailure(path, error);
  }
}

/** What is in the place of a folder; undefined for nothing, a folder, or a link to a folder. */
function findObstacle(folder: string): string | undefined {
  const entry = lstatIfExists(folder);
  if (entry === undefined || statIfExists(folder)?.isDirectory()) return undefined;
  return entry.isSymbolicLink() ? 'a link that leads to no folder' : 'a file';
}

/** Creates a run's folder in the folder of its sweep. @throws UserError 73 or 74; 65 if something else is in its place. */
export function makeRunFolder(dir: string, id: string): void {
  makeOneFolder(sweepPaths(dir).runs);
  const folder = sweepPaths(dir).run(id);
  const obstacle = findObstacle(folder);
  if (obstacle !== undefined)
    throw dataError(
      `${folder} is ${obstacle}, expected the folder of the run: move it to another place and run the same command again`,
    );
  makeOneFolder(folder);
}

/** Checks that the sweep's folder still contains the sweep's plan. @throws UserError 74 if it was removed or emptied. */
export function requireFolder(dir: string, sweep: string): void {
  if (statIfExists(sweepPaths(dir).plan(sweep)) !== undefined) return;
  throw new UserError(
    `the sweep's folder ${dir} is missing or empty: restore it and run the same command again`,
    ExitCode.io,
  );
}

/**
 * Checks that the sweep's folder exists and can be written. This distinguishes a full or lost disk from a failure of one run.
 * @throws UserError 73 or 74 if it cannot.
 */
export function probeFolder(dir: string, sweep: string): void {
  requireFolder(dir, sweep);
  requireWritable(dir);
}

/** The space that a run's small files need. A disk with less free space counts as full. */
const PROBE_BYTES = 65_536;

/** Checks that files can be written into a folder; creates the folder if it is missing. @throws UserError 73 or 74 naming it. */
export function requireWritable(folder: string): void {
  const file = join(folder, `.probe-${process.pid}`);
  try {
    writeFileAtomic(file, Buffer.alloc(PROBE_BYTES));
    rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(folder, error instanceof UserError ? error.cause : error);
  }
}
