import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { describeHolder, holderOf, tryLock } from '../base/lock.ts';
import { livenessOf } from '../base/process-identity.ts';
import type { Measurement } from '../results/measurement.ts';
import { tellLimit, tellLimits } from './early-stop.ts';
import { explainExit } from './ending.ts';
import { startChild, type Child, type Command, type Exit } from './child.ts';
import { makeRunFolder, prepareRun, probeFolder, requireFolder, sweepPaths } from './folder.ts';
import type { PlannedRun } from './plan.ts';
import { deliver, levelSetBy, resultOf, type SweepPlace } from './result.ts';

/** What every attempt of a sweep needs to know. */
export interface SweepContext extends SweepPlace {
  /** How `train` is started: `RUN.yaml --dir DIR`. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Aborted when the sweep shall end: runs are told to checkpoint. */
  readonly stop: AbortSignal;
  /** Aborted when the sweep shall end at once: runs are killed. */
  readonly kill: AbortSignal;
}

/** How one attempt at a run ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly measurement: Measurement; readonly file: string }
  /** It checkpointed and ended because it was told to; with a message where it had no time for that. */
  | { readonly kind: 'stopped'; readonly message?: string }
  /** Another sweep has it. */
  | { readonly kind: 'elsewhere'; readonly message: string }
  /** Worth another try. */
  | { readonly kind: 'crashed'; readonly message: string; readonly exitCode: ExitCode }
  /** Not worth another try. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: ExitCode };

const adoptionPollMs = 500;

/** Exit codes that the same command would end with again. */
const hopeless = new Set<number | null>([
  ExitCode.usage,
  ExitCode.data,
  ExitCode.noInput,
  ExitCode.config,
]);

/** A file that cannot be written is no fault of the run; a place in the store that is taken already is. */
const isWriteFailure = ({ exitCode, cause }: UserError): boolean =>
  exitCode === ExitCode.io ||
  (exitCode === ExitCode.cannotCreate && systemCodeOf(cause) !== undefined);

/**
 * Delivers the result of a run that has one, undefined where it has none. A damaged one, and one whose place in the store
 * another result has taken, fail this run only.
 * @throws UserError 73 or 74 where the store cannot be written.
 */
export function finished(context: SweepContext, run: PlannedRun): Outcome | undefined {
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
 * The value of the level that a run is started with, undefined where it waits for none. Another machine may see the result
 * of its anchor later than the cluster has seen it end: worth another try.
 */
function levelValueFor(context: SweepContext, run: PlannedRun): number | Outcome | undefined {
  if (run.anchor === null || run.anchor === run.id) return undefined;
  const anchor = context.plan.runs.find(({ id }) => id === run.anchor)!;
  const measurement = resultOf(context, anchor);
  if (measurement === undefined)
    return { kind: 'crashed', message: `${anchor.id} has no result yet`, exitCode: ExitCode.noInput }; // prettier-ignore
  const none = `${anchor.id} has set no level`;
  return levelSetBy(anchor, measurement) ?? { kind: 'failed', message: none, exitCode: ExitCode.software }; // prettier-ignore
}

/** Waits while a process that an earlier sweep started (and then died) still works on the run. */
async function adopt(context: SweepContext, run: PlannedRun): Promise<void> {
  const lock = join(sweepPaths(context.dir).run(run.id), 'lock');
  for (;;) {
    const holder = holderOf(lock);
    if (holder === undefined || context.kill.aborted) return;
    // Only a process of this machine can be told; of others the number means nothing here.
    if (context.stop.aborted) {
      if (livenessOf(holder) === 'alive') tell(holder.pid, 'SIGTERM');
      else return;
    }
    await sleep(adoptionPollMs);
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}

async function startAndWait(
  context: SweepContext,
  run: PlannedRun,
  env: NodeJS.ProcessEnv,
  level: number | undefined,
): Promise<Exit> {
  const folder = sweepPaths(context.dir).run(run.id);
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

/** What an exit means; a measurement in the folder counts more than the code. */
function judge(context: SweepContext, run: PlannedRun, exit: Exit): Outcome {
  requireFolder(context.dir, context.plan.name);
  const done = finished(context, run);
  if (done) return done;
  const folder = sweepPaths(context.dir).run(run.id);
  const message = explainExit(exit, folder);
  if (exit.code === ExitCode.tryAgain && context.stop.aborted) return { kind: 'stopped' };
  // Refused, because a process that an earlier sweep started a moment ago has the folder.
  const holder = holderOf(join(folder, 'lock'));
  if (holder) return { kind: 'elsewhere', message: describeHolder(holder) };
  if (context.stop.aborted && exit.signal !== null)
    return { kind: 'stopped', message: 'at once; it goes on from its last checkpoint' };
  if (hopeless.has(exit.code)) return { kind: 'failed', message, exitCode: exit.code as ExitCode };
  // Not the run's fault where the sweep itself cannot write there either: that ends the sweep.
  if (exit.code === ExitCode.io || exit.code === ExitCode.cannotCreate)
    probeFolder(context.dir, context.plan.name);
  return { kind: 'crashed', message, exitCode: (exit.code || ExitCode.software) as ExitCode };
}

/**
 * One attempt at a run by whoever claims it first: takes over what is done or still at work, else starts it and waits.
 * @param env added to the run's environment: which GPU, how many threads.
 * @throws UserError 73 or 74 where the sweep's folder cannot be written: no fault of the run.
 */
export async function attemptRun(
  context: SweepContext,
  run: PlannedRun,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  requireFolder(context.dir, context.plan.name);
  makeRunFolder(context.dir, run.id);
  const claim = tryLock(sweepPaths(context.dir).claim(run.id));
  if (claim.heldBy) return { kind: 'elsewhere', message: describeHolder(claim.heldBy) };
  try {
    const done = finished(context, run);
    if (done) return done;
    tellLimit(context, run);
    await adopt(context, run);
    const adopted = finished(context, run);
    if (adopted) {
      tellLimits(context);
      return adopted;
    }
    if (context.stop.aborted) return { kind: 'stopped' };
    const level = levelValueFor(context, run);
    if (typeof level === 'object') return level;
    const outcome = judge(context, run, await startAndWait(context, run, env, level));
    if (outcome.kind === 'done') tellLimits(context);
    return outcome;
  } finally {
    claim.lock.release();
  }
}
