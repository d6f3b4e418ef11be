import { hasOneRule } from '../../trend/levels.ts';
import { trendOfMeasurements } from '../../trend/trend.ts';
import { extremes } from '../../base/numbers/extremes.ts';
import type { LevelTrend } from '../../trend/types.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Axes, type Datum } from '../marks.ts';
import { formatMetric, formatMonths, formatPercent } from '../../base/text/format.ts';
import { factor, months } from '../numbers.ts';
import { colours } from '../palette.ts';
import { linearAxis } from './axes.ts';
import type { GroupChart } from './define.ts';
import type { RunGroup } from './groups.ts';

const leastSquares: Series = { name: 'Least squares', colour: colours.blue, mark: 'line' };
const band: Series = { name: '95 % interval', colour: colours.blue, mark: 'band' };
const endToEnd: Series = {
  name: 'End to end',
  colour: colours.vermilion,
  mark: 'line',
  dash: [6, 3],
};

/** The accuracy of a level in percent. */
const levelPercent = ({ level }: LevelTrend): number => Number(level) * 100;

/** The rows of one estimator: one per level with an estimate. */
function estimateRows(trends: readonly LevelTrend[], series: Series, estimate: (trend: LevelTrend) => number | null) {
  return trends.flatMap((trend): Datum[] => {
    const value = estimate(trend);
    if (value === null) return [];
    return [
      {
        series: series.name,
        line: series.name,
        at: levelPercent(trend),
        level: levelPercent(trend),
        months: value,
        tip: {
          Level: formatPercent(Number(trend.level)),
          [series.name]: months(value),
          Networks: `${trend.points.length}, ${trend.points.filter(({ onFrontier }) => onFrontier).length} on the frontier`,
          ...(trend.factor === null ? {} : { Reduction: factor(trend.factor) }),
        },
      },
    ];
  });
}

const bandRows = (trends: readonly LevelTrend[]): Datum[] =>
  trends.flatMap((trend) => {
    const [low, high] = trend.doublingMonths.bootstrap95 ?? [null, null];
    return low === null || high === null
      ? []
      : [
          {
            series: band.name,
            at: levelPercent(trend),
            level: levelPercent(trend),
            months: low,
            upper: high,
          },
        ];
  });

const chooseAxes = (rows: readonly Datum[], { metric }: RunGroup): Axes => {
  // The axis shows the estimates, not the whole intervals: intervals from few points are very wide.
  const max = extremes(rows.map((row) => Number(row['months'])))[1] * 1.6;
  return {
    x: linearAxis(
      'level',
      `level, ${formatMetric(metric)} %`,
      rows.map((row) => Number(row['level'])),
    ),
    y: linearAxis('months', 'doubling time, months', [0, max]),
  };
};

function describe(rows: readonly Datum[]): string {
  const [low, high] = extremes(rows.map((row) => Number(row['months'])));
  const [lowest, highest] = extremes(rows.map((row) => Number(row['level'])));
  return `The doubling time depends on the level: by least squares, it is ${months(low)} to ${months(high)} at levels from ${lowest} to ${highest} %.`;
}

function drawCharts(trends: readonly LevelTrend[], group: RunGroup): Chart[] {
  const line = estimateRows(trends, leastSquares, (trend) => trend.doublingMonths.leastSquares);
  const ends = estimateRows(trends, endToEnd, (trend) => trend.doublingMonths.endToEnd);
  const bands = bandRows(trends);
  if (line.length === 0) return [];
  const series = bands.length > 0 ? [leastSquares, endToEnd, band] : [leastSquares, endToEnd];
  const draw = layersOver(chooseAxes([...line, ...ends], group), series);
  return [
    {
      id: `doubling-by-level-${group.id}`,
      title: `Doubling time by level: ${group.title}`,
      summary: describe(line),
      notes: ['A level has no band if its interval has no upper bound; the table shows the lower bound.'],
      series,
      height: 340,
      layers: [
        draw.band(bands),
        draw.lines(ends),
        draw.lines(line, { width: 2.5 }),
        draw.points(ends, { size: 45 }),
        draw.points(line, { size: 60 }),
      ],
      table: {
        columns: [
          { key: 'name', label: 'Level' },
          { key: 'networks', label: 'Networks' },
          { key: 'factor', label: 'Reduction', show: factor },
          { key: 'endToEnd', label: 'End to end', unit: 'months', show: formatMonths },
          { key: 'leastSquares', label: 'Least squares', unit: 'months', show: formatMonths },
          { key: 'low', label: '95 % from', unit: 'months', show: formatMonths },
          { key: 'high', label: '95 % to', unit: 'months', show: formatMonths },
          { key: 'theilSen', label: 'Theil–Sen', unit: 'months', show: formatMonths },
        ],
        rows: trends.map(({ level, points, factor: reduction, doublingMonths }) => ({
          name: formatPercent(Number(level)),
          networks: points.length,
          factor: reduction,
          endToEnd: doublingMonths.endToEnd,
          leastSquares: doublingMonths.leastSquares,
          low: doublingMonths.bootstrap95?.[0] ?? null,
          high: doublingMonths.bootstrap95?.[1] ?? null,
          theilSen: doublingMonths.theilSen,
        })),
      },
    },
  ];
}

/** The doubling time at every level on the learning curves; no chart if the runs have different rules for a level. */
export const byLevel: GroupChart = {
  about: 'group',
  order: 3,
  draw: (group, counts) => {
    const measurements = group.runs.map(({ measurement }) => measurement);
    if (!hasOneRule(measurements, group.metric)) return [];
    return drawCharts(trendOfMeasurements(measurements, { counts, levels: 'all', metric: group.metric }), group);
  },
};
