import { formatDuration } from '../../base/format.ts';
import type { SweepEta } from '../eta.ts';

/** `ETA of the sweep about 2 h 10 min`; nothing once all runs have ended or while nothing is known. */
export function etaText(eta: SweepEta | undefined): string[] {
  if (eta === undefined || eta.seconds <= 0) return [];
  const guess = eta.untimed > 0 ? ` (${eta.untimed} ${eta.untimed === 1 ? 'run' : 'runs'} not timed yet)` : '';
  return [`ETA of the sweep about ${formatDuration(eta.seconds)}${guess}`];
}
