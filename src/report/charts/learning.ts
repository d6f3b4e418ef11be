import type { FixedLevel } from '../../config/level.ts';
import { accuracyAt } from '../../results/crossing.ts';
import type { CurvePoint } from '../../results/measurement.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Axes, type Datum } from '../marks.ts';
import { formatCount, formatPercent, groupDigits } from '../../base/text/format.ts';
import { extremes } from '../../base/numbers/extremes.ts';
import { significant } from '../numbers.ts';
import { seriesStyle } from '../palette.ts';
import type { Counts } from '../../trend/types.ts';
import { groupBy } from '../../base/group-by.ts';
import { endedBelow } from '../../trend/ended-below.ts';
import { computeAt } from '../../trend/compute.ts';
import type { Run } from '../runs.ts';
import type { Column, Row } from '../table.ts';
import { linearAxis, logAxis } from './axes.ts';
import type { GroupChart } from './define.ts';
import { crossingAt, levelName, mainLevel, type RunGroup } from './groups.ts';

/**
 * The largest number of points of a drawn curve, so that a browser can open a page with hundreds of runs. The CSV has all
 * points.
 */
const MAX_POINTS = 200;

const chooseAxes = (rows: readonly Datum[], levels: readonly FixedLevel[]): Axes => ({
  x: logAxis(
    'compute',
    'training compute, teraflop/s-days',
    rows.map((row) => Number(row['compute'])),
  ),
  y: linearAxis('accuracy', 'accuracy, %', [
    ...rows.map((row) => Number(row['accuracy'])),
    ...levels.map(({ value }) => value * 100),
  ]),
});

/** One series per network. */
export const networkSeries = (runs: readonly Run[]): Series[] =>
  [...new Set(runs.map(({ measurement }) => measurement.network))].map((name, index) => ({
    name,
    mark: 'line' as const,
    ...seriesStyle(index),
  }));

function toDatum(run: Run, point: CurvePoint, { metric }: RunGroup, counts: Counts): Datum {
  const accuracy = accuracyAt(point, metric);
  const compute = computeAt(point, counts);
  return {
    series: run.measurement.network,
    line: run.source,
    at: point.examples,
    compute,
    accuracy: accuracy * 100,
    tip: {
      Run: run.name,
      Accuracy: formatPercent(accuracy),
      Compute: `${significant(compute)} teraflop/s-days`,
      Epoch: significant(point.epochs),
      Loss: significant(point.loss),
    },
  };
}

/**
 * The style of the points. If a run has many, they would hide the dashes of its line, so they are invisible but have tooltips.
 */
export const evaluationStyle = (pointsPerRun: number) => (pointsPerRun > 25 ? { size: 40, opacity: 0 } : { size: 22 });

/** At most MAX_POINTS points of a curve, evenly distributed. */
function thinOut(curve: readonly CurvePoint[]): readonly CurvePoint[] {
  if (curve.length <= MAX_POINTS) return curve;
  const step = (curve.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, index) => curve[Math.round(index * step)]!);
}

const tableColumns = (level: FixedLevel | null): readonly Column[] => [
  { key: 'run', label: 'Run' },
  { key: 'evaluations', label: 'Evaluations', show: groupDigits },
  { key: 'epochs', label: 'Epochs', show: significant },
  { key: 'compute', label: 'Compute', unit: 'teraflop/s-days', show: significant },
  { key: 'best', label: 'Best accuracy', unit: '%', show: (value) => value.toFixed(1) },
  {
    key: 'toLevel',
    label: `Compute to ${level === null ? 'the level' : levelName(level)}`,
    unit: 'teraflop/s-days',
    show: significant,
  },
];

const dataColumns: readonly Column[] = [
  { key: 'run', label: 'Run' },
  { key: 'seed', label: 'Seed' },
  { key: 'epochs', label: 'Epochs' },
  { key: 'examples', label: 'Images' },
  { key: 'compute', label: 'Compute', unit: 'teraflop_s_days' },
  { key: 'flops', label: 'Training FLOPs' },
  { key: 'accuracy', label: 'Accuracy', unit: 'fraction' },
  { key: 'top1', label: 'Top-1', unit: 'fraction' },
  { key: 'top5', label: 'Top-5', unit: 'fraction' },
  { key: 'loss', label: 'Loss' },
  { key: 'learningRate', label: 'Learning rate' },
];

function summaryRow(run: Run, group: RunGroup, counts: Counts): Row {
  const { metric } = group;
  const { curve } = run.measurement;
  const crossing = crossingAt(run, mainLevel(group));
  const last = curve.at(-1);
  return {
    run: run.name,
    source: run.source,
    evaluations: curve.length,
    epochs: last?.epochs ?? null,
    compute: last ? computeAt(last, counts) : null,
    best: curve.length === 0 ? null : extremes(curve.map((point) => accuracyAt(point, metric)))[1] * 100,
    toLevel: crossing ? computeAt(crossing, counts) : null,
  };
}

const curveRows = (run: Run, { metric }: RunGroup, counts: Counts): Row[] =>
  run.measurement.curve.map((point) => ({
    run: run.measurement.id,
    seed: run.measurement.seed,
    epochs: point.epochs,
    examples: point.examples,
    compute: computeAt(point, counts),
    flops: point.flops,
    accuracy: accuracyAt(point, metric),
    top1: point.top1,
    top5: point.top5,
    loss: point.loss,
    learningRate: point.learningRate,
  }));

function describeReached(runs: readonly Run[], level: FixedLevel): string {
  const reaching = runs.filter((run) => crossingAt(run, level) !== null).length;
  const ended = runs.filter(({ measurement }) => endedBelow(measurement, level)).length;
  const endedText = ended === 0 ? '' : `; ${ended} ended at another level before`;
  return `${reaching} of ${runs.length} reached ${levelName(level)}, the dashed line${endedText}.`;
}

function describe(group: RunGroup): string {
  const networks = groupBy(group.runs, ({ measurement }) => measurement.network).size;
  const level = mainLevel(group);
  const reachedText = level === null ? '' : ` ${describeReached(group.runs, level)}`;
  return `${group.metric === 'top1' ? 'Top-1' : 'Top-5'} accuracy on ${group.title} over training compute: ${formatCount(networks, 'network')}, ${formatCount(group.runs.length, 'run')}.${reachedText}`;
}

function drawChart(group: RunGroup, counts: Counts): Chart {
  const series = networkSeries(group.runs);
  const drawn = group.runs.flatMap((run) =>
    thinOut(run.measurement.curve)
      .filter((point) => computeAt(point, counts) > 0)
      .map((point) => toDatum(run, point, group, counts)),
  );
  const draw = layersOver(chooseAxes(drawn, group.levels), series);
  return {
    id: `learning-curves-${group.id}`,
    title: `Learning curves over compute: ${group.title}`,
    summary: describe(group),
    notes: ['One line per run; runs of one network share a colour.'],
    series,
    height: 400,
    layers: [
      ...group.levels.flatMap((level) => draw.level(level.value * 100, levelName(level), 'accuracy')),
      draw.lines(drawn, { opacity: 0.8 }),
      draw.points(drawn, evaluationStyle(drawn.length / group.runs.length)),
    ],
    table: { columns: tableColumns(mainLevel(group)), rows: group.runs.map((run) => summaryRow(run, group, counts)) },
    data: {
      columns: dataColumns,
      rows: group.runs.flatMap((run) => curveRows(run, group, counts)),
    },
  };
}

/** Learning curves over training compute, with the level as a line (Hernandez & Brown 2020, Figure 4). */
export const learning: GroupChart = {
  about: 'group',
  order: 1,
  draw: (group, counts) => [drawChart(group, counts)],
};
