import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { writeFailure, writeFileAtomic } from '../base/files.ts';
import type { PlannedRun, SweepPlan } from './plan.ts';

/** Where everything of a sweep lies: `sweeps/` what is planned, `runs/` a folder a run, `results/` what was measured. */
export const sweepPaths = (dir: string) => ({
  plans: join(dir, 'sweeps'),
  plan: (name: string) => join(dir, 'sweeps', `${name}.json`),
  runs: join(dir, 'runs'),
  run: (id: string) => join(dir, 'runs', id),
  /** The sweep's own claim on a run; the run's process holds `lock` beside it. */
  claim: (id: string) => join(dir, 'runs', id, 'claim'),
  /** A lock for each sweep at work. */
  atWork: join(dir, 'at-work'),
  results: join(dir, 'results'),
  slurm: join(dir, 'slurm'),
});

const planText = (plan: SweepPlan): string => `${JSON.stringify(plan)}\n`;

/** Whether the sweep's folder has this very plan. */
export const isSaved = (dir: string, plan: SweepPlan): boolean =>
  readIfThere(sweepPaths(dir).plan(plan.name)) === planText(plan);

/** Writes the plan into the sweep's folder, where it is not there already. @throws UserError 73 or 74. */
export function savePlan(dir: string, plan: SweepPlan): void {
  if (!isSaved(dir, plan)) writeFileAtomic(sweepPaths(dir).plan(plan.name), planText(plan));
}

/** A file's text, undefined where it cannot be read. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Every sweep planned in a folder. @throws UserError 66 where the folder is none of a sweep, 65 for a damaged plan. */
export function loadPlans(dir: string): SweepPlan[] {
  const { plans } = sweepPaths(dir);
  const names = existsSync(plans) ? readdirSync(plans).filter((n) => n.endsWith('.json')) : [];
  if (names.length === 0)
    throw new UserError(
      `${dir} holds no sweep: start one with doubletime sweep SWEEP.yaml --dir ${dir}`,
      ExitCode.noInput,
    );
  return names.sort().map((name) => parsePlan(join(plans, name)));
}

const hasId = (run: { id?: unknown } | null): boolean => typeof run?.id === 'string';

function parsePlan(file: string): SweepPlan {
  try {
    const plan = JSON.parse(readFileSync(file, 'utf8')) as Partial<SweepPlan> | null;
    const runs: unknown = plan?.version === 1 && plan.runs;
    if (Array.isArray(runs) && runs.every(hasId)) return plan as SweepPlan;
  } catch (error) {
    throw new UserError(`${file}: ${messageOf(error)}`, ExitCode.data, { cause: error });
  }
  throw new UserError(`${file}: this is no plan of version 1`, ExitCode.data);
}

/**
 * Makes sure that a run's `run.yaml` is there, as `train` is given it; its absolute path.
 * @param level the anchor's result, where the run has an anchor.
 * @throws UserError 73 or 74
 */
export function prepareRun(dir: string, run: PlannedRun, value?: number): string {
  const file = resolve(sweepPaths(dir).run(run.id), 'run.yaml');
  const { config } = run;
  const level = config.level && value !== undefined ? { ...config.level, value } : config.level;
  const header = `# ${run.id}: written by doubletime sweep; changes are overwritten\n`;
  const text = header + stringify({ ...config, level });
  if (readIfThere(file) !== text) writeFileAtomic(file, text);
  return file;
}

export function makeRunFolder(dir: string, id: string): void {
  const folder = sweepPaths(dir).run(id);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeFailure(folder, error);
  }
}

/** Checks that the sweep's folder is still the one that the sweep was started in. @throws UserError 74 */
export function requireFolder(dir: string, sweep: string): void {
  if (statIfThere(sweepPaths(dir).plan(sweep)) !== undefined) return;
  throw new UserError(
    `the sweep's folder ${dir} is gone or empty: bring it back and run the same command again`,
    ExitCode.io,
  );
}

/**
 * Checks that the sweep's folder is there and can be written, so that a full or lost disk is told apart from a fault of one
 * run.
 * @throws UserError 73 or 74 saying so.
 */
export function probeFolder(dir: string, sweep: string): void {
  requireFolder(dir, sweep);
  requireWritable(dir);
}

/** Checks that files can be written into a folder, which is made where it is not there. @throws UserError 73 or 74 naming it */
export function requireWritable(folder: string): void {
  const file = join(folder, `.probe-${process.pid}`);
  try {
    // As much as a run's small files need, so that a disk with its last block free counts as full.
    writeFileAtomic(file, Buffer.alloc(65_536));
    rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(folder, error instanceof UserError ? error.cause : error);
  }
}

/** Size and time of a file, undefined where there is none. */
export const statIfThere = (file: string) => statSync(file, { throwIfNoEntry: false });
