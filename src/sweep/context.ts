import type { Command } from './child.ts';
import type { SweepPlace } from './result.ts';

/** What every attempt of a sweep needs to know. */
export interface SweepContext extends SweepPlace {
  /** How `train` is started: `RUN.yaml --dir DIR`. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Aborted when the sweep shall end: runs are told to checkpoint. */
  readonly stop: AbortSignal;
  /** Aborted when the sweep shall end at once: runs are killed. */
  readonly kill: AbortSignal;
}
