import type { LevelTrend, TrendPoint } from '../trend/types.ts';
import type { Run } from './runs.ts';

/** Anchor of the record of the published numbers. */
export const PUBLISHED = 'published-numbers';

/** Anchor of the record of the files of points. */
export const POINTS = 'given-points';

/** The record on the page that explains a number. */
export interface Sources {
  ofPoint(point: TrendPoint, trend: LevelTrend): string;
}

/** A network links to the record of its first run; the records of its other seeds follow it. */
export function sourcesOf(runs: readonly Run[]): Sources {
  const anchors = new Map(runs.map(({ measurement, source }) => [measurement.id, source]));
  return {
    ofPoint: ({ measurements }, { source }) => {
      if (source === 'points') return POINTS;
      return source === 'published' ? PUBLISHED : (anchors.get(measurements[0] ?? '') ?? PUBLISHED);
    },
  };
}
