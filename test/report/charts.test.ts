import { expect, test } from 'vitest';
import { groupCharts, levelCharts } from '../../src/report/charts/all.ts';
import { groupRuns } from '../../src/report/charts/groups.ts';
import type { Chart } from '../../src/report/chart.ts';
import type { Datum } from '../../src/report/marks.ts';
import { toRuns } from '../../src/report/runs.ts';
import { linkSources } from '../../src/report/sources.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { monthsBetween } from '../../src/trend/dates.ts';
import { trendOfMeasurements } from '../../src/trend/trend.ts';
import { makeMeasurement, makeSweep } from '../support/measurements.ts';

const levelOf = (measurements: readonly Measurement[]) =>
  trendOfMeasurements(measurements, { counts: 'paper', levels: 'own' })[0]!;

const chartsOf = (measurements: readonly Measurement[]): Chart[] => {
  const runs = toRuns(measurements);
  const level = levelCharts(levelOf(measurements), linkSources(runs));
  return [...level, ...groupRuns(runs).flatMap((group) => groupCharts(group, 'paper'))];
};

const find = (charts: readonly Chart[], id: string): Chart | undefined =>
  charts.find((chart) => chart.id.startsWith(id));

/** All data of a chart's layers, layer after layer. */
const drawn = ({ layers }: Chart): Datum[] =>
  layers.flatMap(({ data }) => (data && 'values' in data ? (data.values as Datum[]) : []));

const ofSeries = (chart: Chart, series: string): Datum[] => drawn(chart).filter((row) => row.series === series);

const sweep = makeSweep([0, 1, 2], { gpu: true });
const level = levelOf(sweep);
const charts = chartsOf(sweep);
const frontier = find(charts, 'frontier-')!;

test("the frontier's chart and table have the trend's numbers", () => {
  const best = level.points.filter(({ onFrontier }) => onFrontier);
  const rest = level.points.filter(({ onFrontier }) => !onFrontier);
  const names = (series: string) => new Set(ofSeries(frontier, series).map((row) => row['name']));
  expect(names('Frontier')).toEqual(new Set(best.map(({ network }) => network)));
  expect(names('Not on the frontier')).toEqual(new Set(rest.map(({ network }) => network)));
  expect(frontier.table.rows.map((row) => [row['network'], row['compute'], row['seeds']])).toEqual(
    level.points.map((point) => [point.network, point.teraflopSecondDays, 3]),
  );
});

test('the fit is the line of least squares; its band is narrowest at the mean date', () => {
  const line = level.line!;
  const rows = ofSeries(frontier, 'Least-squares fit');
  for (const row of rows) {
    const month = monthsBetween(line.from, String(row['published']));
    const log2 = line.intercept + line.slopePerMonth * month;
    // Dates are whole days. A day is less than 1/30 of a month.
    expect(Math.abs(Math.log2(Number(row['value'])) - log2)).toBeLessThan(Math.abs(line.slopePerMonth) / 25);
  }
  const widths = rows.map((row) => ({
    month: Number(row['month']),
    width: Math.log2(Number(row['upper']) / Number(row['value'])),
  }));
  const narrowest = widths.toSorted((a, b) => a.width - b.width)[0]!;
  const step = widths[1]!.month - widths[0]!.month;
  expect(Math.abs(narrowest.month - line.meanMonths)).toBeLessThanOrEqual(step);
  const atMean = (line.t95! * line.residualDeviation!) / Math.sqrt(line.degreesOfFreedom + 2);
  expect(narrowest.width).toBeCloseTo(atMean, 2);
});

test("Moore's law starts at the first network and halves in 24 months", () => {
  const [from, to] = ofSeries(frontier, 'Moore’s law, 24 months');
  const months = monthsBetween(String(from!['published']), String(to!['published']));
  expect(from!['value']).toBe(level.points.find(({ onFrontier }) => onFrontier)!.teraflopSecondDays);
  expect(Math.log2(Number(from!['value']) / Number(to!['value']))).toBeCloseTo(months / 24, 2);
});

test('every row of a chart links to its run', () => {
  const runs = toRuns(sweep);
  for (const row of frontier.table.rows) {
    const run = runs.find(({ source }) => source === row.source)!;
    expect(run.measurement.network).toBe(row['network']);
  }
});

test('time, energy and cost are drawn only if every network has them', () => {
  const ids = ['time-', 'energy-', 'cost-'];
  expect(ids.map((id) => find(charts, id) !== undefined)).toEqual([true, true, true]);
  const plain = chartsOf(makeSweep([0]));
  expect(ids.map((id) => find(plain, id) !== undefined)).toEqual([true, false, false]);
});

test('hours are seconds / 3600, in the points and in the fit', () => {
  const time = find(charts, 'time-')!;
  const seconds = level.measures.trainingSeconds!;
  expect(time.table.rows.map((row) => Number(row['value']) * 3600)).toEqual(
    seconds.points.map(({ value }) => expect.closeTo(value, 6) as number),
  );
  const start = Number(ofSeries(time, 'Least-squares fit')[0]!['value']);
  expect(start * 3600).toBeCloseTo(2 ** seconds.line!.intercept, 6);
});

test('learning curves have every evaluation in the CSV and every run in the table', () => {
  const curves = find(charts, 'learning-curves-')!;
  const evaluations = sweep.reduce((sum, { curve }) => sum + curve.length, 0);
  expect(curves.data!.rows).toHaveLength(evaluations);
  expect(curves.table.rows).toHaveLength(sweep.length);
});

test('long curves are thinned only in the drawing, and keep their ends', () => {
  const long = makeMeasurement({ epochs: 1000 });
  const curves = find(chartsOf([long]), 'learning-curves-')!;
  expect(curves.data!.rows).toHaveLength(1000);
  const at = ofSeries(curves, 'alexnet').map((row) => Number(row['at']));
  expect(new Set(at).size).toBe(200);
  expect([Math.min(...at), Math.max(...at)]).toEqual([long.curve[0]!.examples, long.curve.at(-1)!.examples]);
});

test('only a network that was trained with both kinds of schedule has their comparison', () => {
  const both = [
    makeMeasurement({ schedule: 'exponential', epochsToLevel: 12 }),
    makeMeasurement({ schedule: 'step', epochsToLevel: 31, id: 'step' }),
    makeMeasurement({ network: 'vgg11', schedule: 'step', epochsToLevel: 12 }),
  ];
  const compared = chartsOf(both).filter(({ id }) => id.startsWith('schedules-'));
  expect(compared.map(({ title }) => title)).toEqual(['Smooth and piecewise schedules: alexnet on imagenet-part']);
  const [smooth, piecewise] = both.map(({ crossing }) => crossing!.epochs);
  expect(compared[0]!.summary).toContain(`smooth schedule needed ${smooth} epochs`);
  expect(compared[0]!.summary).toContain(`piecewise one needed ${piecewise} epochs`);
});

test('the doubling time by level has a point for every level with an estimate', () => {
  const chart = find(charts, 'doubling-by-level-')!;
  const everywhere = trendOfMeasurements(sweep, { counts: 'paper', levels: 'all', metric: 'top5' });
  const estimates = everywhere.flatMap(({ doublingMonths: { leastSquares } }) =>
    leastSquares === null ? [] : [leastSquares],
  );
  expect(new Set(ofSeries(chart, 'Least squares').map((row) => row['months']))).toEqual(new Set(estimates));
  expect(chart.table.rows).toHaveLength(everywhere.length);
});

test('a single network has a chart with a note that there is no trend', () => {
  const alone = chartsOf([makeMeasurement()]);
  expect(find(alone, 'frontier-')!.summary).toMatch(/^alexnet needed the least, .*no trend to draw/);
  expect(find(alone, 'frontier-')!.series.map(({ name }) => name)).toEqual(['Frontier']);
  expect(find(alone, 'doubling-by-level-')).toBeUndefined();
});

test('if no network reaches the level, only the learning curves are drawn', () => {
  const low = makeMeasurement({ ceiling: 0.792, epochsToLevel: 3000, epochs: 5 });
  expect(low.crossing).toBeNull();
  expect(chartsOf([low]).map(({ id }) => id.split('-')[0])).toEqual(['learning']);
});

test('the gain is the product of the factors for fewer epochs and for fewer FLOPs per epoch', () => {
  for (const row of find(charts, 'epochs-')!.table.rows.filter((r) => r['together'] !== null)) {
    expect(Number(row['epochsFactor']) * Number(row['flopFactor'])).toBeCloseTo(Number(row['together']), 6);
  }
});
