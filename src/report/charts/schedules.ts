import type { FixedLevel } from '../../config/level.ts';
import { networkKey, networkName } from '../../trend/networks.ts';
import { median } from '../../trend/statistics.ts';
import { accuracyAt } from '../../results/crossing.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Axes, type Datum } from '../marks.ts';
import { formatPercent, pluralize } from '../../base/text/format.ts';
import { extremes } from '../../base/numbers/extremes.ts';
import { significant } from '../numbers.ts';
import { colours } from '../palette.ts';
import { groupBy } from '../../base/group-by.ts';
import { readRunConfig } from '../../results/run-config.ts';
import { slug, type Run } from '../runs.ts';
import type { Row } from '../table.ts';
import { linearAxis } from './axes.ts';
import type { GroupChart } from './define.ts';
import { evaluationStyle } from './learning.ts';
import { crossingAt, levelName, sharedLevel, type RunGroup } from './groups.ts';

const smooth: Series = { name: 'Smooth schedule', colour: colours.blue, mark: 'line' };
const piecewise: Series = {
  name: 'Piecewise schedule',
  colour: colours.vermilion,
  mark: 'line',
  dash: [6, 3],
};

const chooseAxes = (rows: readonly Datum[], { levels }: RunGroup): Axes => ({
  x: linearAxis('epochs', 'epochs', [0, ...rows.map((row) => Number(row['epochs']))]),
  y: linearAxis('accuracy', 'accuracy, %', [
    ...rows.map((row) => Number(row['accuracy'])),
    ...levels.map(({ value }) => value * 100),
  ]),
});

/** The series of a run's schedule; null for a constant learning rate or a config that cannot be read. */
function scheduleSeries({ measurement }: Run): Series | null {
  const name = readRunConfig(measurement)?.recipe.schedule.name;
  if (name === undefined || name === 'constant') return null;
  return name === 'step' ? piecewise : smooth;
}

const curveRows = (runs: readonly Run[], { metric }: RunGroup): Datum[] =>
  runs.flatMap((run) => {
    const series = scheduleSeries(run)?.name ?? '';
    return run.measurement.curve.map((point) => ({
      series,
      line: run.source,
      at: point.examples,
      epochs: point.epochs,
      accuracy: accuracyAt(point, metric) * 100,
      tip: {
        Run: run.name,
        Schedule: series,
        Epoch: significant(point.epochs),
        Accuracy: formatPercent(accuracyAt(point, metric)),
        'Learning rate': significant(point.learningRate),
      },
    }));
  });

const epochsToLevel = (runs: readonly Run[], series: Series, level: FixedLevel): number[] =>
  runs.filter((run) => scheduleSeries(run) === series).map((run) => crossingAt(run, level)?.epochs ?? Infinity);

function describe(runs: readonly Run[], level: FixedLevel | null): string {
  if (level === null) return 'Accuracy over the epochs, with a smooth and a piecewise learning rate schedule.';
  const [smoothEpochs, piecewiseEpochs] = [smooth, piecewise].map((series) =>
    median(epochsToLevel(runs, series, level)),
  );
  const epochsText = (epochs: number | undefined): string =>
    epochs === undefined || !Number.isFinite(epochs)
      ? 'did not reach it'
      : `needed ${significant(epochs)} ${pluralize('epoch', epochs)}`;
  return `To ${levelName(level)}, the dashed line, the smooth schedule ${epochsText(smoothEpochs)}, the piecewise one ${epochsText(piecewiseEpochs)} (medians over seeds).`;
}

const tableRow = (run: Run, { metric }: RunGroup, level: FixedLevel | null): Row => {
  const { curve } = run.measurement;
  const crossing = crossingAt(run, level);
  return {
    run: run.name,
    source: run.source,
    schedule: readRunConfig(run.measurement)?.recipe.schedule.name ?? '',
    epochs: crossing?.epochs ?? null,
    best: curve.length === 0 ? null : extremes(curve.map((point) => accuracyAt(point, metric)))[1] * 100,
  };
};

function drawChart(network: string, runs: readonly Run[], group: RunGroup, id: string): Chart {
  const series = [smooth, piecewise];
  const level = sharedLevel(runs, group);
  const rows = curveRows(runs, group);
  const draw = layersOver(chooseAxes(rows, group), series);
  return {
    id,
    title: `Smooth and piecewise schedules: ${network} on ${group.title}`,
    summary: describe(runs, level),
    notes: [],
    series,
    height: 340,
    layers: [
      ...group.levels.flatMap((line) => draw.level(line.value * 100, levelName(line), 'accuracy')),
      draw.lines(rows),
      draw.points(rows, evaluationStyle(rows.length / runs.length)),
    ],
    table: {
      columns: [
        { key: 'run', label: 'Run' },
        { key: 'schedule', label: 'Schedule' },
        { key: 'epochs', label: 'Epochs to the level', show: significant },
        { key: 'best', label: 'Best accuracy', unit: '%', show: (value) => value.toFixed(1) },
      ],
      rows: runs.map((run) => tableRow(run, group, level)),
    },
    data: {
      columns: [
        { key: 'run', label: 'Run' },
        { key: 'series', label: 'Schedule' },
        { key: 'epochs', label: 'Epochs' },
        { key: 'accuracy', label: 'Accuracy', unit: 'percent' },
      ],
      rows: rows.map((row) => ({
        run: String(row['line']),
        series: row.series ?? '',
        epochs: Number(row['epochs']),
        accuracy: Number(row['accuracy']),
      })),
    },
  };
}

function drawCharts(group: RunGroup): Chart[] {
  const withSchedule = group.runs.filter((run) => scheduleSeries(run) !== null);
  const measurements = withSchedule.map(({ measurement }) => measurement);
  return [...groupBy(withSchedule, ({ measurement }) => networkKey(measurement)).values()]
    .filter((runs) => new Set(runs.map(scheduleSeries)).size === 2)
    .map((runs) => {
      const network = networkName(runs[0]!.measurement, measurements);
      return drawChart(network, runs, group, `schedules-${group.id}-${slug(network)}`);
    });
}

/** The learning curves of each network, with its options, that was trained with both kinds of schedule (Hernandez & Brown 2020, Figure 2). */
export const schedules: GroupChart = { about: 'group', order: 2, draw: drawCharts };
