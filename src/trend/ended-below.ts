import { formatCount } from '../base/text/format.ts';
import { nameList } from '../base/text/name-list.ts';
import type { FixedLevel } from '../config/level.ts';
import { crossingIndex } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';

/**
 * Whether a run ended at a level of its own before it reached this level. What it needs for this level is unknown: it did not miss the
 * level, because it would have continued.
 */
export const endedBelow = ({ status, curve }: Measurement, level: FixedLevel): boolean =>
  status === 'reachedLevel' && crossingIndex(curve, level) < 0;

/** A note that names the networks of the runs that ended below a level; none without such runs. */
export function endedBelowNotes(measurements: readonly Measurement[], level: FixedLevel): string[] {
  const runs = measurements.filter((run) => endedBelow(run, level));
  if (runs.length === 0) return [];
  const networks = nameList([...new Set(runs.map(({ network }) => network))]);
  return [
    `${formatCount(runs.length, 'run')} of ${networks} ended at another level before this one: left out, because what they need for this level is unknown`,
  ];
}
