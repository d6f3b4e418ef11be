import type { RunState } from '../run-queue.ts';
import { LineView } from './line-view.ts';
import { LiveView } from './live-view.ts';
import type { SweepView } from './view.ts';

/** Creates the view of a sweep: progress bars on a terminal, otherwise lines. */
export function createView(dir: string, states: readonly RunState[], out: NodeJS.WriteStream): SweepView {
  return out.isTTY && process.env['TERM'] !== 'dumb' ? new LiveView(dir, states, out) : new LineView(dir, out);
}
