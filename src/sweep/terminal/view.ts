import type { SweepEvents } from '../run-queue.ts';

/** Shows a running sweep to the user. */
export interface SweepView extends SweepEvents {
  /** Prints a message of the sweep as one line. */
  say(line: string): void;
  /** Stops the updates and restores the terminal. */
  end(): void;
}
