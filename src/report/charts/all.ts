import type { Counts, LevelTrend } from '../../trend/types.ts';
import type { Chart } from '../chart.ts';
import type { Sources } from '../sources.ts';
import type { GroupChart, LevelChart, Period, PeriodChart } from './define.ts';
import type { RunGroup } from './groups.ts';
import * as registered from './registry.ts';

type AnyChart = LevelChart | GroupChart | PeriodChart;

/** The registered charts of one kind, in their order. */
const chartsAbout = <About extends AnyChart['about']>(about: About) =>
  Object.values<AnyChart>(registered)
    .filter((chart): chart is Extract<AnyChart, { about: About }> => chart.about === about)
    .sort((a, b) => a.order - b.order);

/** The charts of one level; none if no network reaches it. */
export const levelCharts = (trend: LevelTrend, sources: Sources): Chart[] =>
  trend.points.length === 0 ? [] : chartsAbout('level').flatMap((chart) => chart.draw(trend, sources));

/** The charts of the runs on one dataset; none if no run has a learning curve. */
export const groupCharts = (group: RunGroup, counts: Counts): Chart[] =>
  group.runs.every(({ measurement }) => measurement.curve.length === 0)
    ? []
    : chartsAbout('group').flatMap((chart) => chart.draw(group, counts));

/** The charts of a level's gain over a period; none if the frontier has fewer than two networks. */
export const periodCharts = (trend: LevelTrend | undefined, period: Period): Chart[] =>
  trend === undefined || (trend.factor ?? 1) <= 1 || trend.points.length === 0
    ? []
    : chartsAbout('period').flatMap((chart) => chart.draw(trend, period));
