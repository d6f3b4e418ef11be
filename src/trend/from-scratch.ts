import { formatCount } from '../base/format.ts';
import { nameList } from '../base/name-list.ts';
import { initialWeightsOf } from '../config/initial-weights.ts';
import type { Measurement } from '../results/measurement.ts';
import type { LevelTrend } from './types.ts';

const isFromScratch = ({ config }: Measurement): boolean => initialWeightsOf(config['recipe']) === undefined;

/** The measurements that are entries of a trend: all but those that started from given weights. */
export const fromScratch = (measurements: readonly Measurement[]): readonly Measurement[] =>
  measurements.every(isFromScratch) ? measurements : measurements.filter(isFromScratch);

/** Adds to every level of measurements a note on the runs on its data that are left out because of where they started. */
export function withStartNotes(levels: readonly LevelTrend[], measurements: readonly Measurement[]): LevelTrend[] {
  const left = measurements.filter((run) => !isFromScratch(run));
  return levels.map((level) => {
    const runs = left.filter(({ data }) => data.name === level.data);
    const names = nameList([...new Set(runs.map(({ network }) => network))]);
    const note = `${formatCount(runs.length, 'run')} of ${names} started from given weights and left out, because the compute before is not counted`;
    return runs.length === 0 ? level : { ...level, notes: [...level.notes, note] };
  });
}
