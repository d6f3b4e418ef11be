import { formatCount } from '../base/text/format.ts';
import { nameList } from '../base/text/name-list.ts';
import { initialWeightsOf } from '../config/initial-weights.ts';
import type { Measurement } from '../results/measurement.ts';
import type { LevelTrend } from './types.ts';

const isFromScratch = ({ config }: Measurement): boolean => initialWeightsOf(config['recipe']) === undefined;

/** The measurements that a trend may use: all except those of runs that started from pretrained weights. */
export const runsFromScratch = (measurements: readonly Measurement[]): readonly Measurement[] =>
  measurements.every(isFromScratch) ? measurements : measurements.filter(isFromScratch);

/** Adds to every level a note about the runs on its dataset that are left out because they started from pretrained weights. */
export function addPretrainedNotes(levels: readonly LevelTrend[], measurements: readonly Measurement[]): LevelTrend[] {
  const pretrained = measurements.filter((run) => !isFromScratch(run));
  return levels.map((level) => {
    const runs = pretrained.filter(({ data }) => data.name === level.data);
    const names = nameList([...new Set(runs.map(({ network }) => network))]);
    const note = `${formatCount(runs.length, 'run')} of ${names} started from pretrained weights: left out, because the compute of the pretraining is not counted`;
    return runs.length === 0 ? level : { ...level, notes: [...level.notes, note] };
  });
}
