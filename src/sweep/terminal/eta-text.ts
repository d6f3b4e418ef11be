import { formatCount, formatDuration } from '../../base/text/format.ts';
import type { SweepEta } from '../eta/estimate.ts';

/** `ETA of the sweep about 2 h 10 min`; empty after all runs have ended, or while the time is unknown. */
export function etaText(eta: SweepEta | undefined): string[] {
  if (eta === undefined || eta.seconds <= 0) return [];
  const untimed = eta.untimed > 0 ? ` (${formatCount(eta.untimed, 'run')} not timed yet)` : '';
  return [`ETA of the sweep about ${formatDuration(eta.seconds)}${untimed}`];
}
