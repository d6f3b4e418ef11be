import { trendOfMeasurements } from '../../trend/trend.ts';
import type { Counts, LevelTrend } from '../../trend/types.ts';
import type { Chart } from '../chart.ts';
import type { Sources } from '../sources.ts';
import { byLevelChart } from './by-level.ts';
import { effectiveChart, type Period } from './effective.ts';
import { frontier } from './frontier.ts';
import type { RunGroup } from './groups.ts';
import { learningCurves } from './learning.ts';
import { measureCharts } from './measures.ts';
import { scheduleCharts } from './schedules.ts';
import { splitChart } from './split.ts';
import { levelId } from './titles.ts';

/** A level's own charts: frontier, split, and the other measures of the same runs. */
export function levelCharts(trend: LevelTrend, sources: Sources): Chart[] {
  const id = levelId(trend);
  if (trend.points.length === 0) return [];
  const split = splitChart(trend, id, sources);
  return [frontier(trend, sources), ...(split ? [split] : []), ...measureCharts(trend, id, sources)];
}

/** The charts of all curves on the same images, and of the trend at every level on them. */
export function groupCharts(group: RunGroup, counts: Counts): Chart[] {
  const measurements = group.runs.map(({ measurement }) => measurement);
  if (measurements.every(({ curve }) => curve.length === 0)) return [];
  const everywhere = trendOfMeasurements(measurements, {
    counts,
    levels: 'all',
    metric: group.metric,
  });
  const byLevel = byLevelChart(everywhere, group);
  return [learningCurves(group, counts), ...scheduleCharts(group), ...(byLevel ? [byLevel] : [])];
}

/** Effective compute with the algorithms of a level's frontier, where two networks at least are on it. */
export const effectiveCharts = (trend: LevelTrend | undefined, period: Period): Chart[] =>
  trend === undefined || (trend.factor ?? 1) <= 1 || trend.points.length === 0
    ? []
    : [effectiveChart(trend, levelId(trend), period)];
