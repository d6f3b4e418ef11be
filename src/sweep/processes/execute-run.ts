import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode } from '../../base/errors.ts';
import { attemptRun, type Outcome } from './attempt.ts';
import type { SweepContext } from '../context.ts';
import { backoffMs } from '../backoff.ts';
import { type PlannedRun } from '../../results/sweep-plan.ts';

const ELSEWHERE_POLL_MS = 5000;

/** Waits, but ends early without an error if the sweep is stopped. */
async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/**
 * Executes a single run of a sweep with its retries and the waits before them. A job of a cluster calls it.
 * @param print called with one line about each attempt that gave no result.
 * @returns the exit code: 0 for a result, 70 if the run diverged, 75 if it was stopped, otherwise the code of its failure.
 */
export async function executeRun(
  context: SweepContext,
  run: PlannedRun,
  print: (line: string) => void,
): Promise<ExitCode> {
  const { plan } = context;
  for (let crashes = 0; !context.stop.aborted;) {
    const outcome: Outcome = await attemptRun(context, run, {});
    if (outcome.kind === 'done') return outcome.measurement.status === 'diverged' ? ExitCode.software : ExitCode.ok;
    if (outcome.kind === 'stopped') return ExitCode.tryAgain;
    print(`${run.id}: ${outcome.message}`);
    if (outcome.kind === 'failed') return outcome.exitCode;
    if (outcome.kind === 'elsewhere') await wait(ELSEWHERE_POLL_MS, context.stop);
    else if (++crashes > plan.retries) return outcome.exitCode;
    else await wait(backoffMs(plan, crashes), context.stop);
  }
  return ExitCode.tryAgain;
}
