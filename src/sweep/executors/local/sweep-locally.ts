import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptRun, deliverFinished } from '../../processes/attempt.ts';
import type { SweepContext } from '../../context.ts';
import { writeLimits } from '../../early-stop.ts';
import { requireFolder } from '../../folder.ts';
import { RunQueue, type RunState, type SweepEvents } from '../../run-queue.ts';
import { reserveOrphans } from './orphans.ts';
import { announceSweep } from './presence.ts';
import type { Slot } from '../../slots.ts';

const POLL_MS = 200;
const FOLDER_CHECK_MS = 1000;

/** A failure of the sweep itself, such as a full disk. All runs write checkpoints first; then the error is thrown. */
class SweepFailure {
  readonly controller = new AbortController();
  error: Error | undefined;

  /** Stops the sweep with an error; only the first one is kept. */
  raise(error: unknown): void {
    this.error ??= error instanceof Error ? error : new Error(String(error));
    this.controller.abort();
  }
}

/** Copies finished results to the store, without starting or claiming a run. */
function deliverAllFinished(context: SweepContext, queue: RunQueue, events: SweepEvents): void {
  for (const state of queue.states) {
    const outcome = deliverFinished(context, state.run);
    if (outcome === undefined) continue;
    queue.settle(state, outcome, Date.now());
    events.changed(state);
  }
}

/** Checks every second that the sweep's folder still exists, because running runs may not notice that it was removed. */
function watchFolder({ dir, plan }: SweepContext, failure: SweepFailure): NodeJS.Timeout {
  return setInterval(() => {
    try {
      requireFolder(dir, plan.name);
    } catch (error) {
      failure.raise(error);
    }
  }, FOLDER_CHECK_MS);
}

/** Executes runs in a slot, one after the other, until none is left or the sweep is stopped. */
async function workInSlot(
  context: SweepContext,
  queue: RunQueue,
  slot: Slot,
  events: SweepEvents,
  failure: SweepFailure,
): Promise<void> {
  while (!context.stop.aborted) {
    const state = queue.take(Date.now(), slot.name);
    if (state === undefined) {
      if (queue.isOver) return;
      await sleep(POLL_MS);
      continue;
    }
    try {
      events.changed(state);
      queue.settle(state, await attemptRun(context, state.run, slot.env), Date.now());
      events.changed(state);
    } catch (error) {
      state.phase = 'stopped';
      failure.raise(error);
    }
  }
}

/**
 * Executes a sweep on this machine, with one process per run and one run per slot. Also waits for runs that other sweeps execute.
 * Resolves when all runs have ended, or after `context.stop` when all runs have stopped.
 * @throws UserError 73 or 74 if the disk cannot be written any more, after all runs have stopped.
 */
export async function sweepLocally(
  context: SweepContext,
  slots: readonly Slot[],
  events: SweepEvents,
  queue = new RunQueue(context.plan),
): Promise<readonly RunState[]> {
  const failure = new SweepFailure();
  const stop = AbortSignal.any([context.stop, failure.controller.signal]);
  const stoppable = { ...context, stop };
  // Each active run adds a listener, so more than ten listeners are not a leak.
  setMaxListeners(0, stop, context.kill);
  deliverAllFinished(stoppable, queue, events);
  writeLimits(stoppable);
  reserveOrphans(context.dir, queue, slots);
  const presence = announceSweep(context.dir);
  const watch = watchFolder(stoppable, failure);
  try {
    await Promise.all(slots.map((slot) => workInSlot(stoppable, queue, slot, events, failure)));
  } finally {
    clearInterval(watch);
    presence?.release();
  }
  if (failure.error !== undefined) throw failure.error;
  return queue.states;
}
