import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, UserError } from '../../base/errors.ts';
import { readProgress } from '../../results/progress.ts';
import { runPaths } from '../../results/run-folder.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { deliverFinished } from '../attempt.ts';
import type { Executor, JobState, SubmitRequest } from '../executors/executor.ts';
import { holderIn } from '../locks.ts';
import type { RunState } from '../run-queue.ts';
import { listenForSignals } from '../stopping.ts';

const POLL_MS = 2000;
/** A result on a shared disk may be seen later than the end of its job: so many looks in a row must find neither. */
const patientLooks = 5;

const stopped = (): UserError =>
  new UserError('the search is stopped: run the same command again to resume it', ExitCode.tryAgain);

/** Why each run that has no result ended, by its id. */
function failuresOf(states: readonly RunState[]): Map<string, string> {
  const failed = states.filter(({ phase }) => phase === 'failed' || phase === 'blocked');
  return new Map(failed.map(({ run, message }) => [run.id, message ?? 'ended without a result']));
}

/** Waits for jobs, wherever they are; resolves to those that left the queue without a result. */
class QueuedRound {
  readonly #executor: Executor;
  readonly #request: SubmitRequest;
  readonly #pollMs: number;
  readonly #failures = new Map<string, string>();
  readonly #looks = new Map<string, number>();
  readonly #ended = new Set<string>();

  constructor(executor: Executor, request: SubmitRequest, pollMs: number) {
    this.#executor = executor;
    this.#request = request;
    this.#pollMs = pollMs;
  }

  async wait(stop: AbortSignal): Promise<Map<string, string>> {
    for (;;) {
      if (await this.#isOver()) return this.#failures;
      await sleep(this.#pollMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw stopped();
    }
  }

  async #isOver(): Promise<boolean> {
    const { dir, plan } = this.#request;
    const open = plan.runs.filter(
      (run) => !this.#ended.has(run.id) && !this.#failures.has(run.id) && !this.#hasEnded(run),
    );
    if (open.length === 0) return true;
    const jobs = await this.#jobs(dir, new Set(open.map(({ id }) => id)));
    if (jobs === undefined) return false;
    for (const { id } of open) {
      const job = jobs.get(id);
      const isQueued = job !== undefined && job.hasEnded !== true;
      const isHeld = holderIn(runPaths(sweepPaths(dir).run(id)).lock) !== undefined;
      const looks = isQueued || isHeld ? 0 : (this.#looks.get(id) ?? 0) + 1;
      this.#looks.set(id, looks);
      if (looks >= patientLooks) this.#settleWithoutResult(id, job);
    }
    return false;
  }

  /** @throws UserError 75 for a run that was cancelled or lost: it is no failure, and whoever cancelled it wants no more. */
  #settleWithoutResult(id: string, job: JobState | undefined): void {
    const progress = readProgress(sweepPaths(this.#request.dir).run(id));
    if (progress?.state === 'failed') this.#failures.set(id, progress.message ?? 'failed');
    else if (job?.hasEnded === true && !job.state.startsWith('CANCELLED'))
      this.#failures.set(id, `its job ended without a result (${job.state})`);
    else
      throw new UserError(
        `${id} has no result, and no job any more: it was cancelled or lost; run the same command again to resume the search`,
        ExitCode.tryAgain,
      );
  }

  /** A damaged result is a failure of its run. */
  #hasEnded(run: SubmitRequest['plan']['runs'][number]): boolean {
    const outcome = deliverFinished(this.#request, run);
    if (outcome?.kind === 'failed') this.#failures.set(run.id, outcome.message);
    if (outcome !== undefined) this.#ended.add(run.id);
    return outcome !== undefined;
  }

  /** Undefined while the queue cannot be asked: a controller that restarts loses no job. */
  async #jobs(dir: string, unfinished: ReadonlySet<string>): Promise<ReadonlyMap<string, JobState> | undefined> {
    try {
      return await this.#executor.status(dir, unfinished);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === ExitCode.unavailable) return undefined;
      throw error;
    }
  }
}

/**
 * Carries out the runs of one round of a search with an executor, and waits for all of them.
 * @param pollMs from one look at a queue to the next.
 * @returns why each run without a result ended, by its id.
 * @throws UserError 75 after a signal: jobs in a queue go on, and the same search takes up their results.
 */
export async function carryOutRound(
  executor: Executor,
  request: SubmitRequest,
  say: (text: string) => void,
  pollMs = POLL_MS,
): Promise<Map<string, string>> {
  const submission = await executor.submit(request);
  if (submission.kind === 'ended') {
    if (submission.stoppedBy !== undefined) throw stopped();
    return failuresOf(submission.states);
  }
  const { submitted, queued, done } = submission;
  say(
    `${submitted.size} trials submitted, ${queued} already queued, ${done} done; waiting for them (Ctrl-C leaves them in the queue)\n`,
  );
  const signals = listenForSignals(() => undefined);
  try {
    return await new QueuedRound(executor, request, pollMs).wait(signals.stop);
  } finally {
    signals.release();
  }
}
