import type { PlannedRun } from '../results/sweep-plan.ts';
import { deliverFinished } from './processes/attempt.ts';
import type { SweepPlace } from './result.ts';
import { type Phase, RunQueue } from './run-queue.ts';

/** What is known about the runs of a sweep before any of them starts. */
interface FinishedRuns {
  /** The ids of the runs with a result. */
  readonly done: ReadonlySet<string>;
  /** Why runs cannot get a result, by id: their own result is damaged, or their anchor sets no level. */
  readonly failed: ReadonlyMap<string, string>;
  /** The other runs, in the order of the plan. */
  readonly open: readonly PlannedRun[];
}

/**
 * Copies the results of finished runs to the store, and finds the runs that are still to be executed.
 * @throws UserError 73 or 74 if the store cannot be written.
 */
export function settleFinished(place: SweepPlace): FinishedRuns {
  const queue = new RunQueue(place.plan);
  for (const state of queue.states) {
    const outcome = deliverFinished(place, state.run);
    if (outcome !== undefined) queue.settle(state, outcome, Date.now());
  }
  const inPhase = (...phases: readonly Phase[]) => queue.states.filter(({ phase }) => phases.includes(phase));
  return {
    done: new Set(inPhase('done').map(({ run }) => run.id)),
    failed: new Map(inPhase('failed', 'blocked').map(({ run, message = 'has no result' }) => [run.id, message])),
    open: inPhase('pending').map(({ run }) => run),
  };
}
