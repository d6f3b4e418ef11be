import type { Command } from './child.ts';
import type { SweepPlace } from './result.ts';

/** What every attempt at a run needs. */
export interface SweepContext extends SweepPlace {
  /** The command that trains a run; `RUN.yaml --dir DIR` is added. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Aborted to stop the sweep: runs write a checkpoint first. */
  readonly stop: AbortSignal;
  /** Aborted to stop the sweep at once: runs are killed. */
  readonly kill: AbortSignal;
}
