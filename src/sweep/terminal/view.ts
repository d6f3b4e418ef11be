import type { SweepEvents } from '../run-queue.ts';

/** What a person at the terminal sees while a sweep runs. */
export interface SweepView extends SweepEvents {
  /** A line of its own: what the sweep itself has to say. */
  say(line: string): void;
  end(): void;
}
