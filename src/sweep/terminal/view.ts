import type { SweepEvents } from '../run-queue.ts';

/** Shows a running sweep to the user. */
export interface SweepView extends SweepEvents {
  /** Prints a message of the sweep in its own line. */
  say(line: string): void;
  end(): void;
}
