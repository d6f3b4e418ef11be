import { formatInterval } from '../../base/text/format.ts';
import type { LevelTrend, TrendPoint } from '../../trend/types.ts';
import type { Chart } from '../chart.ts';
import { factor, months, significant } from '../numbers.ts';
import type { Sources } from '../sources.ts';
import type { Column } from '../table.ts';
import type { LevelChart } from './define.ts';
import { fittedLayers } from './fitted.ts';
import { frontierId, levelTitle } from './titles.ts';

const columns: readonly Column[] = [
  { key: 'network', label: 'Network' },
  { key: 'published', label: 'Published' },
  { key: 'compute', label: 'Compute', unit: 'teraflop/s-days', show: significant },
  { key: 'reduction', label: 'Reduction', show: factor },
  { key: 'frontier', label: 'Frontier' },
  { key: 'epochs', label: 'Epochs', show: significant },
  { key: 'perEpoch', label: 'Compute per epoch', unit: 'teraflop/s-days', show: significant },
  { key: 'seeds', label: 'Seeds' },
  { key: 'seedsAtLevel', label: 'Seeds at the level' },
];

/** The end of a sentence, with the doubling time by each estimator. */
function describeDoubling({ doublingMonths: { endToEnd, leastSquares, bootstrap95 } }: LevelTrend): string {
  if (endToEnd === null) return '';
  const byLeastSquares =
    leastSquares === null
      ? ''
      : ` and every ${months(leastSquares)} by least squares${bootstrap95 === null ? '' : ` (95 % interval ${formatInterval(bootstrap95)})`}`;
  return `: it halved every ${months(endToEnd)} end to end${byLeastSquares}`;
}

function describe(trend: LevelTrend): string {
  const best = trend.points.filter(({ onFrontier }) => onFrontier);
  const [first, last] = [best[0], best.at(-1)];
  if (!first || !last) return 'No network reaches the level.';
  if (first === last) {
    const others = trend.points.length === 1 ? '' : ` of ${trend.points.length} networks`;
    return `${first.network}${others} needed the least, ${significant(first.teraflopSecondDays)} teraflop/s-days; there is no trend to draw.`;
  }
  const law = trend.moore === null ? '' : ` Moore’s law gave ${factor(trend.moore.factor)} in the same time.`;
  return `From ${first.network} (${first.published.slice(0, 4)}) to ${last.network} (${last.published.slice(0, 4)}) the training compute to the level fell ${factor(trend.factor ?? 1)}${describeDoubling(trend)}.${law}`;
}

const tooltipLines = ({ epochs }: TrendPoint): Readonly<Record<string, string>> =>
  epochs === null ? {} : { Epochs: significant(epochs) };

function drawChart(trend: LevelTrend, sources: Sources): Chart {
  const more = new Map(trend.points.map((point) => [point.network, tooltipLines(point)]));
  return {
    id: frontierId(trend),
    title: `Training compute to ${levelTitle(trend)}`,
    heading: 'Training compute by year of publication',
    summary: describe(trend),
    notes: [...trend.notes, ...notReached(trend)],
    height: 420,
    ...fittedLayers({
      points: trend.points.map((point) => ({ ...point, value: point.teraflopSecondDays })),
      line: trend.line,
      title: 'training compute, teraflop/s-days',
      show: (value) => `${significant(value)} teraflop/s-days`,
      withMoore: true,
      more: ({ network }) => more.get(network) ?? {},
    }),
    table: {
      columns,
      rows: trend.points.map((point) => ({
        network: point.network,
        source: sources.ofPoint(point, trend),
        published: point.published,
        compute: point.teraflopSecondDays,
        reduction: point.reduction,
        frontier: point.onFrontier ? 'yes' : 'no',
        epochs: point.epochs,
        perEpoch: point.teraflopSecondDaysPerEpoch,
        seeds: point.seeds,
        seedsAtLevel: point.seedsAtLevel,
      })),
    },
  };
}

const notReached = (trend: LevelTrend): string[] =>
  trend.notReached.length === 0 ? [] : [`Below the level: ${trend.notReached.join(', ')}.`];

/** The frontier over the years (Hernandez & Brown 2020, Figure 3). */
export const frontier: LevelChart = {
  about: 'level',
  order: 1,
  draw: (trend, sources) => [drawChart(trend, sources)],
};
