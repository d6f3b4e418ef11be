import { ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { describeHolder, tryLock } from '../base/lock.ts';
import type { Measurement } from '../results/measurement.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import { startChild, type Child, type Exit } from './child.ts';
import type { SweepContext } from './context.ts';
import { adoptCheckpoints } from './continue-run.ts';
import { writeLimit, writeLimits } from './early-stop.ts';
import { explainExit } from './exit-text.ts';
import { makeRunFolder, prepareRun, probeFolder, requireFolder } from './folder.ts';
import { holderIn, requireLockFile } from './locks.ts';
import { waitForOrphan } from './orphan.ts';
import { deliver, levelSetBy, resultOf, type SweepPlace } from './result.ts';

/** How one attempt at a run ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly measurement: Measurement; readonly file: string }
  /** Stopped by a signal after a checkpoint; with a message if there was no time for a checkpoint. */
  | { readonly kind: 'stopped'; readonly message?: string }
  /** Another sweep runs it. */
  | { readonly kind: 'elsewhere'; readonly message: string }
  /** Worth a retry. */
  | { readonly kind: 'crashed'; readonly message: string; readonly exitCode: ExitCode }
  /** Not worth a retry. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: ExitCode };

/** Exit codes that the same command would return again. */
const nonRetryableCodes = new Set<number | null>([ExitCode.usage, ExitCode.data, ExitCode.noInput, ExitCode.config]);

/** Exit codes of a disk that is full, lost or read-only: all runs would fail on it. */
const diskCodes = new Set<number | null>([ExitCode.io, ExitCode.cannotCreate]);

/** A file that cannot be written is not a failure of the run. Another measurement with the same name in the store is one. */
const isWriteFailure = ({ exitCode, cause }: UserError): boolean =>
  exitCode === ExitCode.io || (exitCode === ExitCode.cannotCreate && systemCodeOf(cause) !== undefined);

/**
 * Copies the result of a finished run to the store; undefined if there is no result. If the result is damaged, or if the store has
 * another result under its name, only this run fails.
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
 * The value of the level that a run starts with; undefined if it has no anchor. Another machine may see the anchor's result later
 * than the cluster sees its job end, so a missing result is retried.
 */
function levelValueFor(context: SweepContext, run: PlannedRun): number | Outcome | undefined {
  if (run.anchor === null || run.anchor === run.id) return undefined;
  const anchor = context.plan.runs.find(({ id }) => id === run.anchor)!;
  const measurement = resultOf(context, anchor);
  if (measurement === undefined)
    return { kind: 'crashed', message: `${anchor.id} has no result yet`, exitCode: ExitCode.noInput };
  const none = `${anchor.id} has set no level`;
  return levelSetBy(anchor, measurement) ?? { kind: 'failed', message: none, exitCode: ExitCode.software };
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
  return untilExit(child, context);
}

async function untilExit(child: Child, { stop, kill }: SweepContext): Promise<Exit> {
  const terminate = (): void => {
    child.kill('SIGTERM');
  };
  const end = (): void => {
    child.kill('SIGKILL');
  };
  stop.addEventListener('abort', terminate);
  kill.addEventListener('abort', end);
  if (stop.aborted) terminate();
  try {
    return await child.exit;
  } finally {
    stop.removeEventListener('abort', terminate);
    kill.removeEventListener('abort', end);
  }
}

/**
 * Classifies how a process ended. A measurement in the folder counts more than the exit code.
 * @throws UserError 73 or 74 if the run ended with that code. This is not a failure of the run; the sweep ends with it.
 */
function classifyExit(context: SweepContext, run: PlannedRun, exit: Exit): Outcome {
  requireFolder(context.dir, context.plan.name);
  const done = deliverFinished(context, run);
  if (done) return done;
  const folder = sweepPaths(context.dir).run(run.id);
  const message = explainExit(exit, folder);
  if (exit.code === ExitCode.tryAgain && context.stop.aborted) return { kind: 'stopped' };
  // A process that an earlier sweep has just started runs in this folder.
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

/** Turns a problem in a run's own folder into a failure of this run. @throws UserError 73 or 74 for a problem of the disk */
async function failingAlone(attempt: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof UserError) || diskCodes.has(error.exitCode)) throw error;
    return { kind: 'failed', message: error.message, exitCode: error.exitCode };
  }
}

/**
 * Makes one attempt at a run, if this sweep claims it first: takes over a finished or running process, or starts one and waits.
 * @param env added to the run's environment: which GPU, how many threads.
 * @throws UserError 73 or 74 if the disk cannot be written any more; that is not a failure of the run.
 */
export async function attemptRun(context: SweepContext, run: PlannedRun, env: NodeJS.ProcessEnv): Promise<Outcome> {
  requireFolder(context.dir, context.plan.name);
  makeRunFolder(context.dir, run.id);
  return failingAlone(() => attemptClaimed(context, run, env));
}

async function attemptClaimed(context: SweepContext, run: PlannedRun, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const claimFile = sweepPaths(context.dir).claim(run.id);
  requireLockFile(claimFile);
  const claim = tryLock(claimFile);
  if (claim.heldBy) return { kind: 'elsewhere', message: describeHolder(claim.heldBy) };
  try {
    const done = deliverFinished(context, run);
    if (done) return done;
    writeLimit(context, run);
    await waitForOrphan(context, run);
    const orphaned = deliverFinished(context, run);
    if (orphaned) {
      writeLimits(context);
      return orphaned;
    }
    if (context.stop.aborted) return { kind: 'stopped' };
    const level = levelValueFor(context, run);
    if (typeof level === 'object') return level;
    const outcome = classifyExit(context, run, await startAndWait(context, run, env, level));
    if (outcome.kind === 'done') writeLimits(context);
    return outcome;
  } finally {
    claim.lock.release();
  }
}
