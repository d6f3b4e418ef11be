import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptRun, finished, type SweepContext } from './attempt.ts';
import { Board, type RunState } from './board.ts';
import { tellLimits } from './early-stop.ts';
import { reserveOrphans } from './orphans.ts';
import { showPresence } from './presence.ts';
import type { Slot } from './slots.ts';

export interface SweepEvents {
  /** After every change of a run's state. */
  changed(state: RunState): void;
}

const pollMs = 200;

/** A fault of the sweep itself: all runs checkpoint, then it is thrown. */
class Fault {
  readonly controller = new AbortController();
  error: Error | undefined;

  raise(error: unknown): void {
    this.error ??= error instanceof Error ? error : new Error(String(error));
    this.controller.abort();
  }
}

/** Takes over what is done already, without starting or claiming anything. */
function takeOverDone(context: SweepContext, board: Board, events: SweepEvents): void {
  for (const state of board.states) {
    const outcome = finished(context, state.run);
    if (outcome === undefined) continue;
    board.settle(state, outcome, Date.now());
    events.changed(state);
  }
}

async function workOn(
  context: SweepContext,
  board: Board,
  state: RunState,
  slot: Slot,
  events: SweepEvents,
): Promise<void> {
  events.changed(state);
  const outcome = await attemptRun(context, state.run, slot.env);
  board.settle(state, outcome, Date.now());
  events.changed(state);
}

/** Takes one run after the other until none is left or the sweep is stopped. */
async function workInSlot(
  context: SweepContext,
  board: Board,
  slot: Slot,
  events: SweepEvents,
  fault: Fault,
): Promise<void> {
  while (!context.stop.aborted) {
    const state = board.take(Date.now(), slot.name);
    if (state === undefined) {
      if (board.isOver) return;
      await sleep(pollMs);
      continue;
    }
    try {
      await workOn(context, board, state, slot, events);
    } catch (error) {
      state.phase = 'stopped';
      fault.raise(error);
    }
  }
}

/**
 * Carries a sweep out on this machine, one process a run, one run a slot. Resolves when nothing is left to do, or when all
 * runs have ended after `context.stop`; runs that another sweep has are waited for.
 * @throws UserError 73 or 74 where the folder cannot be written any more, after all runs were told to checkpoint.
 */
export async function sweepLocally(
  context: SweepContext,
  slots: readonly Slot[],
  events: SweepEvents,
  board = new Board(context.plan),
): Promise<readonly RunState[]> {
  const fault = new Fault();
  const stop = AbortSignal.any([context.stop, fault.controller.signal]);
  const stoppable = { ...context, stop };
  // Each run at work listens; more than ten are no leak.
  setMaxListeners(0, stop, context.kill);
  takeOverDone(stoppable, board, events);
  tellLimits(stoppable);
  reserveOrphans(context.dir, board, slots);
  const presence = showPresence(context.dir);
  try {
    await Promise.all(slots.map((slot) => workInSlot(stoppable, board, slot, events, fault)));
  } finally {
    presence?.release();
  }
  if (fault.error !== undefined) throw fault.error;
  return board.states;
}
