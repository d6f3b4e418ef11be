import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { readProgress } from '../../results/progress.ts';
import { runPaths } from '../../results/run-folder.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { deliverFinished } from '../processes/attempt.ts';
import type { Executor, JobState, SubmitRequest } from '../executors/executor.ts';
import { holderIn } from '../locks.ts';
import type { RunState } from '../run-queue.ts';
import { listenForSignals } from '../processes/stopping.ts';

const POLL_MS = 2000;
/** On a shared disk a result may appear later than the end of its job. This many checks in a row must find neither. */
const CHECKS_WITHOUT_RESULT = 5;

const stoppedError = (): UserError =>
  new UserError('the search was stopped: run the same command again to resume it', ExitCode.tryAgain);

/** Why each failed run ended, by its id. */
function listFailures(states: readonly RunState[]): Map<string, string> {
  const failed = states.filter(({ phase }) => phase === 'failed' || phase === 'blocked');
  return new Map(failed.map(({ run, message }) => [run.id, message ?? 'ended without a result']));
}

/** Waits for the jobs of a round in a queue. */
class QueuedRound {
  readonly #executor: Executor;
  readonly #request: SubmitRequest;
  readonly #print: (text: string) => void;
  readonly #pollMs: number;
  #isUnreachable = false;
  readonly #failures: Map<string, string>;
  /** The number of checks in a row that found neither a result nor a job, by run id. */
  readonly #emptyChecks = new Map<string, number>();
  readonly #ended = new Set<string>();

  /** @param failures why runs were not submitted, by run id. */
  constructor(
    executor: Executor,
    request: SubmitRequest,
    failures: ReadonlyMap<string, string>,
    print: (text: string) => void,
    pollMs: number,
  ) {
    this.#executor = executor;
    this.#failures = new Map(failures);
    this.#request = request;
    this.#print = print;
    this.#pollMs = pollMs;
  }

  /** Waits until every run has ended. Resolves to the reason of each run that ended without a result, by its id. */
  async wait(stop: AbortSignal): Promise<Map<string, string>> {
    for (;;) {
      if (await this.#isOver()) return this.#failures;
      await sleep(this.#pollMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw stoppedError();
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
      const isRunning = holderIn(runPaths(sweepPaths(dir).run(id)).lock) !== undefined;
      const checks = isQueued || isRunning ? 0 : (this.#emptyChecks.get(id) ?? 0) + 1;
      this.#emptyChecks.set(id, checks);
      if (checks >= CHECKS_WITHOUT_RESULT) this.#settleWithoutResult(id, job);
    }
    return false;
  }

  /** Records the failure of a run that has ended without a result. @throws UserError 75 if it was cancelled or lost: that is not a failure. */
  #settleWithoutResult(id: string, job: JobState | undefined): void {
    const progress = readProgress(sweepPaths(this.#request.dir).run(id));
    if (progress?.state === 'failed') this.#failures.set(id, progress.message ?? 'failed');
    else if (job?.hasEnded === true && !job.state.startsWith('CANCELLED'))
      this.#failures.set(id, `its job ended without a result (${job.state})`);
    else
      throw new UserError(
        `${id} has no result, and its job was cancelled or lost: run the same command again to resume the search`,
        ExitCode.tryAgain,
      );
  }

  /** Whether a run has a result. A damaged result is a failure of its run. */
  #hasEnded(run: SubmitRequest['plan']['runs'][number]): boolean {
    const outcome = deliverFinished(this.#request, run);
    if (outcome?.kind === 'failed') this.#failures.set(run.id, outcome.message);
    if (outcome !== undefined) this.#ended.add(run.id);
    return outcome !== undefined;
  }

  /**
   * The jobs by run id; undefined while the queue cannot be reached, for example because its controller restarts. Prints the reason
   * once per outage.
   */
  async #jobs(dir: string, unfinished: ReadonlySet<string>): Promise<ReadonlyMap<string, JobState> | undefined> {
    try {
      const jobs = await this.#executor.status(dir, unfinished);
      this.#isUnreachable = false;
      return jobs;
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== ExitCode.unavailable) throw error;
      if (!this.#isUnreachable)
        this.#print(`the state of the jobs is unknown: ${messageOf(error)}; trying again until the queue answers\n`);
      this.#isUnreachable = true;
      return undefined;
    }
  }
}

/**
 * Executes the runs of one round of a search with an executor, and waits for all of them.
 * @param print called with text for the user.
 * @param pollMs the time between two checks of a queue.
 * @returns why each run without a result ended, by its id.
 * @throws UserError 75 after a signal. Jobs in a queue continue, and the same search uses their results when it resumes.
 */
export async function executeRound(
  executor: Executor,
  request: SubmitRequest,
  print: (text: string) => void,
  pollMs = POLL_MS,
): Promise<Map<string, string>> {
  const submission = await executor.submit(request);
  if (submission.kind === 'ended') {
    if (submission.stoppedBy !== undefined) throw stoppedError();
    return listFailures(submission.states);
  }
  const { submitted, queued, done, failed } = submission;
  print(
    `${submitted.size} trials submitted, ${queued} already queued, ${done} done; waiting for them (Ctrl-C leaves them in the queue)\n`,
  );
  const signals = listenForSignals(() => undefined);
  try {
    return await new QueuedRound(executor, request, failed, print, pollMs).wait(signals.stop);
  } finally {
    signals.release();
  }
}
