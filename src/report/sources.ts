import type { LevelTrend, TrendPoint } from '../trend/types.ts';
import type { Run } from './runs.ts';

/** Anchor of the record of the published numbers. */
export const PUBLISHED = 'published-numbers';

/** Where the page tells how a number came to be. */
export interface Sources {
  ofPoint(point: TrendPoint, trend: LevelTrend): string;
}

/** A network's anchor is that of its first run; its other seeds follow there. */
export function sourcesOf(runs: readonly Run[]): Sources {
  const anchors = new Map(runs.map(({ measurement, source }) => [measurement.id, source]));
  return {
    ofPoint: ({ measurements }, { source }) =>
      source === 'published' ? PUBLISHED : (anchors.get(measurements[0] ?? '') ?? PUBLISHED),
  };
}
