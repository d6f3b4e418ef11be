import type { LevelTrend, TrendPoint } from '../../trend/types.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Datum } from '../marks.ts';
import { extremes } from '../../base/numbers/extremes.ts';
import { factor, significant } from '../numbers.ts';
import { colours } from '../palette.ts';
import type { Sources } from '../sources.ts';
import { logAxis } from './axes.ts';
import type { LevelChart } from './define.ts';
import { levelId, levelTitle } from './titles.ts';

const best: Series = { name: 'Frontier', colour: colours.blue, mark: 'point' };
const others: Series = { name: 'Not on the frontier', colour: colours.grey, mark: 'point' };
const equal: Series = {
  name: 'Equal compute',
  colour: colours.ochre,
  mark: 'line',
  dash: [2, 2],
};

type SplitPoint = TrendPoint & { epochs: number; teraflopSecondDaysPerEpoch: number };

const hasSplit = (point: TrendPoint): point is SplitPoint =>
  point.epochs !== null &&
  point.epochs > 0 &&
  point.teraflopSecondDaysPerEpoch !== null &&
  point.teraflopSecondDaysPerEpoch > 0;

const toDatum = (point: SplitPoint, index: number): Datum => ({
  series: point.onFrontier ? best.name : others.name,
  name: point.network,
  order: point.onFrontier ? index : 1000 + index,
  perEpoch: point.teraflopSecondDaysPerEpoch,
  epochs: point.epochs,
  tip: {
    Network: point.network,
    Epochs: significant(point.epochs),
    'Compute per epoch': `${significant(point.teraflopSecondDaysPerEpoch)} teraflop/s-days`,
    Compute: `${significant(point.teraflopSecondDays)} teraflop/s-days`,
  },
});

/** Lines of equal compute through the networks of the frontier, between the outermost points. */
function equalComputeRows(points: readonly SplitPoint[]): Datum[] {
  const [minPerEpoch, maxPerEpoch] = extremes(points.map((point) => point.teraflopSecondDaysPerEpoch));
  const [fewest, most] = extremes(points.map((point) => point.epochs));
  const [low, high] = [fewest / 1.3, most * 1.3];
  return points
    .filter(({ onFrontier }) => onFrontier)
    .flatMap(({ network, teraflopSecondDays }) => {
      const from = Math.max(minPerEpoch, teraflopSecondDays / high);
      const to = Math.min(maxPerEpoch, teraflopSecondDays / low);
      return from < to
        ? [from, to].map((perEpoch) => ({
            series: equal.name,
            line: network,
            at: perEpoch,
            perEpoch,
            epochs: teraflopSecondDays / perEpoch,
          }))
        : [];
    });
}

function describe({ split }: LevelTrend): string {
  const last = split.at(-1);
  const start = 'Epochs to the level by compute per epoch. Networks further down and left need less.';
  return last === undefined || split.length < 2
    ? start
    : `${start} ${last.network} needs ${factor(last.epochsFactor)} fewer epochs and ${factor(last.flopPerEpochFactor)} fewer FLOPs per epoch than ${split[0]!.network}, ${factor(last.efficiencyFactor)} together.`;
}

function drawCharts(trend: LevelTrend, sources: Sources): Chart[] {
  const points = trend.points.filter(hasSplit);
  if (points.length === 0) return [];
  const rows = points.map(toDatum);
  const diagonal = equalComputeRows(points);
  const series = [best, others, equal].filter(({ name }) => [...rows, ...diagonal].some((row) => row.series === name));
  const computePerEpoch = points.map((point) => point.teraflopSecondDaysPerEpoch);
  const draw = layersOver(
    {
      x: logAxis('perEpoch', 'compute per epoch, teraflop/s-days', computePerEpoch),
      y: logAxis(
        'epochs',
        'epochs to the level',
        points.map(({ epochs }) => epochs),
      ),
    },
    series,
  );
  const factors = new Map(trend.split.map((row) => [row.network, row]));
  return [
    {
      id: `epochs-${levelId(trend)}`,
      title: `Epochs by compute per epoch: ${levelTitle(trend)}`,
      heading: 'Epochs by compute per epoch',
      summary: describe(trend),
      notes: [],
      series,
      height: 400,
      layers: [draw.lines(diagonal, { width: 1.2 }), draw.points(rows, { size: 80 }), draw.labels(rows)],
      table: {
        columns: [
          { key: 'network', label: 'Network' },
          { key: 'epochs', label: 'Epochs', show: significant },
          { key: 'perEpoch', label: 'Compute per epoch', unit: 'teraflop/s-days', show: significant },
          { key: 'compute', label: 'Compute', unit: 'teraflop/s-days', show: significant },
          { key: 'epochsFactor', label: 'Fewer epochs', show: factor },
          { key: 'flopFactor', label: 'Fewer FLOPs per epoch', show: factor },
          { key: 'together', label: 'Together', show: factor },
        ],
        rows: points.map((point) => ({
          network: point.network,
          source: sources.ofPoint(point, trend),
          epochs: point.epochs,
          perEpoch: point.teraflopSecondDaysPerEpoch,
          compute: point.teraflopSecondDays,
          epochsFactor: factors.get(point.network)?.epochsFactor ?? null,
          flopFactor: factors.get(point.network)?.flopPerEpochFactor ?? null,
          together: factors.get(point.network)?.efficiencyFactor ?? null,
        })),
      },
    },
  ];
}

/** The two factors of the gain: fewer epochs, and fewer FLOPs per epoch (Hernandez & Brown 2020, Table 1). */
export const split: LevelChart = { about: 'level', order: 2, draw: drawCharts };
