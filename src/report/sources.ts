import type { LevelTrend, TrendPoint } from '../trend/types.ts';
import type { Run } from './runs.ts';

/** The anchor of the record of the published numbers. */
export const PUBLISHED = 'published-numbers';

/** The anchor of the record of the files of points. */
export const POINTS = 'given-points';

/** Finds the record on the page that explains a number. */
export interface Sources {
  /** The anchor of the record of a network at a level. */
  ofPoint(point: TrendPoint, trend: LevelTrend): string;
}

/** Links a network to the record of its first run, which is followed by the records of its other seeds. */
export function linkSources(runs: readonly Run[]): Sources {
  const anchors = new Map(runs.map(({ measurement, source }) => [measurement.id, source]));
  return {
    ofPoint: ({ measurements }, { source }) => {
      if (source === 'points') return POINTS;
      return source === 'published' ? PUBLISHED : (anchors.get(measurements[0] ?? '') ?? PUBLISHED);
    },
  };
}
