import type { Command } from './processes/child.ts';
import type { SweepPlace } from './result.ts';

/** The inputs of every attempt at a run. */
export interface SweepContext extends SweepPlace {
  /** The command that trains a run in its folder. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Aborted to stop the sweep: runs write a checkpoint first. */
  readonly stop: AbortSignal;
  /** Aborted to stop the sweep at once: runs are killed. */
  readonly kill: AbortSignal;
}
