import type { Command } from './child.ts';
import type { SweepPlace } from './result.ts';

/** What every attempt at a run needs. */
export interface SweepContext extends SweepPlace {
  /** How `train` is started: `RUN.yaml --dir DIR`. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Aborted to end the sweep: runs write a checkpoint first. */
  readonly stop: AbortSignal;
  /** Aborted to end the sweep at once: runs are killed. */
  readonly kill: AbortSignal;
}
