import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { writeFailure, writeFileAtomic } from '../base/files.ts';
import { readText } from '../base/read-file.ts';
import { shellQuote } from '../base/shell.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { planText, readPlan, type PlannedRun, type SweepPlan } from '../results/sweep-plan.ts';

/** Whether the sweep's folder has this very plan. */
export const isSaved = (dir: string, plan: SweepPlan): boolean =>
  readIfExists(sweepPaths(dir).plan(plan.name)) === planText(plan);

/** Writes the plan into the sweep's folder, where it is not there already. @throws UserError 73 or 74. */
export function savePlan(dir: string, plan: SweepPlan): void {
  if (!isSaved(dir, plan)) writeFileAtomic(sweepPaths(dir).plan(plan.name), planText(plan));
}

/** A regular file's text, undefined if there is none that can be read. */
export function readIfExists(file: string): string | undefined {
  try {
    return readText(file);
  } catch {
    return undefined;
  }
}

/** Every sweep planned in a folder. @throws UserError 66 if the folder holds none, 65 for a damaged plan. */
export function loadPlans(dir: string): SweepPlan[] {
  const { plans } = sweepPaths(dir);
  const names = existsSync(plans) ? readdirSync(plans).filter((n) => n.endsWith('.json')) : [];
  if (names.length === 0)
    throw new UserError(
      `${dir} holds no sweep: start one with doubletime sweep SWEEP.yaml --dir ${shellQuote(dir)}`,
      ExitCode.noInput,
    );
  return names.sort().map((name) => readPlan(join(plans, name)));
}

/**
 * Makes sure that a run's `run.yaml` is there, as `train` is given it; its absolute path.
 * @param value of the level, where an anchor has set it.
 * @throws UserError 73 or 74
 */
export function prepareRun(dir: string, run: PlannedRun, value?: number): string {
  const file = resolve(runPaths(sweepPaths(dir).run(run.id)).yaml);
  const { config } = run;
  const level = config.level && value !== undefined ? { ...config.level, value } : config.level;
  const header = `# ${run.id}: written by doubletime sweep; changes are overwritten\n`;
  const text = header + stringify({ ...config, level });
  if (readIfExists(file) !== text) writeFileAtomic(file, text);
  return file;
}

/** Makes one folder, not those above it: a sweep's folder that was deleted is not made again. @throws UserError 73 or 74 */
export function makeOneFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST' || !statIfExists(path)?.isDirectory()) throw writeFailure(path, error);
  }
}

/** Makes a run's folder in that of its sweep. @throws UserError 73 or 74 */
export function makeRunFolder(dir: string, id: string): void {
  makeOneFolder(sweepPaths(dir).runs);
  makeOneFolder(sweepPaths(dir).run(id));
}

/** Checks that the sweep's folder is still the one that the sweep was started in. @throws UserError 74 */
export function requireFolder(dir: string, sweep: string): void {
  if (statIfExists(sweepPaths(dir).plan(sweep)) !== undefined) return;
  throw new UserError(
    `the sweep's folder ${dir} is gone or empty: bring it back and run the same command again`,
    ExitCode.io,
  );
}

/**
 * Checks that the sweep's folder is there and can be written, to tell a full or lost disk from a failure of one run.
 * @throws UserError 73 or 74 saying so.
 */
export function probeFolder(dir: string, sweep: string): void {
  requireFolder(dir, sweep);
  requireWritable(dir);
}

/** What a run's small files need: a disk with its last block free counts as full. */
const probeBytes = 65_536;

/** Checks that files can be written into a folder, which is made where it is missing. @throws UserError 73 or 74 naming it */
export function requireWritable(folder: string): void {
  const file = join(folder, `.probe-${process.pid}`);
  try {
    writeFileAtomic(file, Buffer.alloc(probeBytes));
    rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(folder, error instanceof UserError ? error.cause : error);
  }
}

/** Size and time of a file, undefined if there is none. @throws the system's error where it cannot say. */
export const statIfExists = (file: string) => statSync(file, { throwIfNoEntry: false });
