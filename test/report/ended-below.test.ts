import { expect, test } from 'vitest';
import { groupCharts } from '../../src/report/charts/all.ts';
import { groupRuns } from '../../src/report/charts/groups.ts';
import { toRuns } from '../../src/report/runs.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { alexNetLevel, makeMeasurement } from '../support/measurements.ts';

const low = { ...alexNetLevel, value: 0.6 };
/** Both kinds of schedule to 60 %, where the runs ended, and one run to AlexNet's level. */
const both = [
  makeMeasurement({ schedule: 'exponential', level: low, stopAtLevel: true }),
  makeMeasurement({ schedule: 'step', level: low, stopAtLevel: true, seed: 1 }),
];
const high = makeMeasurement({ network: 'vgg11', published: '2014-09-04', epochsToLevel: 30 });

const chartOf = (measurements: readonly Measurement[], id: string) =>
  groupRuns(toRuns(measurements))
    .flatMap((group) => groupCharts(group, 'paper'))
    .find((chart) => chart.id.startsWith(id));

test('schedules are compared at a level before which none of their runs ended', () => {
  const { summary, table } = chartOf([...both, high], 'schedules-')!;
  const [smooth, piecewise] = both.map(({ crossing }) => crossing!.epochs);
  expect(summary).toContain(`To 60.0 % top-5, the dashed line, the smooth schedule needed ${smooth} epoch`);
  expect(summary).toContain(`the piecewise one needed ${piecewise} epoch`);
  expect(table.rows.map((row) => row['epochs'])).toEqual([smooth, piecewise]);
});

test('learning curves say how many runs ended at another level before', () => {
  const { summary, table } = chartOf([...both, high], 'learning-curves-')!;
  expect(summary).toContain('1 of 3 reached 79.1 % top-5, the dashed line; 2 ended at another level before.');
  expect(table.columns.map(({ label }) => label)).toContain('Compute to 79.1 % top-5');
});

test('schedules of networks with other options are not compared', () => {
  const [smooth, step] = both as [Measurement, Measurement];
  const narrow = { ...step, config: { ...step.config, network: { name: 'alexnet', width: 0.5 } } };
  expect(chartOf([smooth, narrow], 'schedules-')).toBeUndefined();
  const chart = chartOf([smooth, step, narrow], 'schedules-');
  expect(chart!.table.rows).toHaveLength(2);
});
