import { ExitCode, systemCodeOf, UserError } from '../../base/errors.ts';
import { describeHolder, tryLock } from '../../base/files/lock.ts';
import type { Measurement } from '../../results/measurement.ts';
import { runPaths } from '../../results/run-folder.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import type { PlannedRun } from '../../results/sweep-plan.ts';
import { startChild, type Child, type Exit } from './child.ts';
import type { SweepContext } from '../context.ts';
import { adoptCheckpoints } from '../continue-run.ts';
import { writeLimit, writeLimits } from '../early-stop.ts';
import { explainExit } from './exit-text.ts';
import { makeRunFolder, prepareRun, probeFolder, requireFolder } from '../folder.ts';
import { holderIn, requireLockFile } from '../locks.ts';
import { waitForOrphan } from './orphan.ts';
import { deliver, levelSetBy, resultOf, type SweepPlace } from '../result.ts';

/** How one attempt at a run ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly measurement: Measurement; readonly file: string }
  /** Stopped by a signal after a checkpoint. There is a message if there was no time for a checkpoint. */
  | { readonly kind: 'stopped'; readonly message?: string }
  /** Another sweep runs it. */
  | { readonly kind: 'elsewhere'; readonly message: string }
  /** A retry may succeed. */
  | { readonly kind: 'crashed'; readonly message: string; readonly exitCode: ExitCode }
  /** A retry would fail again. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: ExitCode };

/** Exit codes that the same command would return again. */
const nonRetryableCodes = new Set<number | null>([ExitCode.usage, ExitCode.data, ExitCode.noInput, ExitCode.config]);

/** Exit codes of a disk that is full, lost or read-only: all runs would fail on it. */
const diskCodes = new Set<number | null>([ExitCode.io, ExitCode.cannotCreate]);

/**
 * Whether an error means that a file cannot be written, which is not a failure of the run. A different measurement under the same
 * name in the store has the same exit code and is a failure of the run.
 */
const isWriteFailure = ({ exitCode, cause }: UserError): boolean =>
  exitCode === ExitCode.io || (exitCode === ExitCode.cannotCreate && systemCodeOf(cause) !== undefined);

/**
 * Copies the result of a finished run to the store. Returns undefined if the run has no result. If the result is damaged, or if
 * the store has a different result under its name, only this run fails.
 * @throws UserError 73 or 74 if the store cannot be written.
 */
export function deliverFinished(context: SweepPlace, run: PlannedRun): Outcome | undefined {
  const { dir, plan, store } = context;
  try {
    const measurement = resultOf(context, run);
    return measurement && { kind: 'done', ...deliver(store, plan.name, run, measurement) };
  } catch (error) {
    if (!(error instanceof UserError) || isWriteFailure(error)) throw error;
    probeFolder(dir, plan.name);
    return { kind: 'failed', message: error.message, exitCode: error.exitCode };
  }
}

/**
 * Finds the value of the level that a run's anchor has set; undefined if the run has no anchor. On a shared disk the anchor's
 * result may appear later than the end of its job, so a missing result is retried.
 */
function findLevelValue(context: SweepContext, run: PlannedRun): number | Outcome | undefined {
  if (run.level === null || run.anchor === null || run.anchor === run.id) return undefined;
  const anchor = context.plan.runs.find(({ id }) => id === run.anchor)!;
  const measurement = resultOf(context, anchor);
  if (measurement === undefined)
    return { kind: 'crashed', message: `${anchor.id} has no result yet`, exitCode: ExitCode.noInput };
  const message = `${anchor.id} has set no level`;
  return levelSetBy(measurement, run.level) ?? { kind: 'failed', message, exitCode: ExitCode.software };
}

async function startAndWait(
  context: SweepContext,
  run: PlannedRun,
  env: NodeJS.ProcessEnv,
  level: number | undefined,
): Promise<Exit> {
  const folder = sweepPaths(context.dir).run(run.id);
  adoptCheckpoints(context.dir, run);
  const runFile = prepareRun(context.dir, run, level);
  const child = startChild(context.train(runFile, folder), folder, env);
  return waitForExit(child, context);
}

/** Waits until a process ends. Sends it SIGTERM if the sweep is stopped, and SIGKILL if it is stopped at once. */
async function waitForExit(child: Child, { stop, kill }: SweepContext): Promise<Exit> {
  const terminate = (): void => {
    child.kill('SIGTERM');
  };
  const killNow = (): void => {
    child.kill('SIGKILL');
  };
  stop.addEventListener('abort', terminate);
  kill.addEventListener('abort', killNow);
  if (stop.aborted) terminate();
  try {
    return await child.exit;
  } finally {
    stop.removeEventListener('abort', terminate);
    kill.removeEventListener('abort', killNow);
  }
}

/**
 * Classifies how a process ended. If the folder contains a measurement, the run is done, whatever the exit code.
 * @throws UserError 73 or 74 if the run ended with that code: the disk cannot be written, so the sweep ends.
 */
function classifyExit(context: SweepContext, run: PlannedRun, exit: Exit): Outcome {
  requireFolder(context.dir, context.plan.name);
  const done = deliverFinished(context, run);
  if (done) return done;
  const folder = sweepPaths(context.dir).run(run.id);
  const message = explainExit(exit, folder);
  if (exit.code === ExitCode.tryAgain && context.stop.aborted) return { kind: 'stopped' };
  // An earlier sweep may just have started a process in this folder.
  const holder = holderIn(runPaths(folder).lock);
  if (holder) return { kind: 'elsewhere', message: describeHolder(holder) };
  if (context.stop.aborted && exit.signal !== null)
    return { kind: 'stopped', message: 'at once; it resumes from its last checkpoint' };
  const exitCode = (exit.code || ExitCode.software) as ExitCode;
  if (nonRetryableCodes.has(exit.code)) return { kind: 'failed', message, exitCode };
  if (diskCodes.has(exit.code)) {
    // Throws an error about the whole folder if it cannot be written.
    probeFolder(context.dir, context.plan.name);
    throw new UserError(`${run.id} ${message}`, exitCode);
  }
  return { kind: 'crashed', message, exitCode };
}

/** Turns an error in a run's own folder into a failure of this run. @throws UserError 73 or 74 for a problem of the disk. */
async function asRunFailure(attempt: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof UserError) || diskCodes.has(error.exitCode)) throw error;
    return { kind: 'failed', message: error.message, exitCode: error.exitCode };
  }
}

/**
 * Makes one attempt at a run, unless another sweep has claimed it. Uses a result that exists, waits for a process that an earlier
 * sweep left running, or starts a process and waits for it.
 * @param env variables to add to the run's environment: its GPU and its number of threads.
 * @throws UserError 73 or 74 if the disk cannot be written any more; this is not a failure of the run.
 */
export async function attemptRun(context: SweepContext, run: PlannedRun, env: NodeJS.ProcessEnv): Promise<Outcome> {
  requireFolder(context.dir, context.plan.name);
  return asRunFailure(() => claimAndAttempt(context, run, env));
}

async function claimAndAttempt(context: SweepContext, run: PlannedRun, env: NodeJS.ProcessEnv): Promise<Outcome> {
  makeRunFolder(context.dir, run.id);
  const claimFile = sweepPaths(context.dir).claim(run.id);
  requireLockFile(claimFile);
  const claim = tryLock(claimFile);
  if (claim.heldBy) return { kind: 'elsewhere', message: describeHolder(claim.heldBy) };
  try {
    const done = deliverFinished(context, run);
    if (done) return done;
    writeLimit(context, run);
    await waitForOrphan(context, run);
    const doneByOrphan = deliverFinished(context, run);
    if (doneByOrphan) {
      writeLimits(context);
      return doneByOrphan;
    }
    if (context.stop.aborted) return { kind: 'stopped' };
    const level = findLevelValue(context, run);
    if (typeof level === 'object') return level;
    const outcome = classifyExit(context, run, await startAndWait(context, run, env, level));
    if (outcome.kind === 'done') writeLimits(context);
    return outcome;
  } finally {
    claim.lock.release();
  }
}
