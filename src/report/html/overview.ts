import { formatInterval, formatMonths } from '../../base/text/format.ts';
import { leaveOneOutText } from '../../trend/leave-one-out.ts';
import type { DoublingMonths, Interval, LevelTrend } from '../../trend/types.ts';
import { frontierId, levelTitle } from '../charts/titles.ts';
import { asSentence } from '../../base/text/sentence.ts';
import { POINTS, PUBLISHED } from '../sources.ts';
import { factor, months } from '../numbers.ts';
import type { Column, Row, Table } from '../table.ts';
import { html, type Markup } from './escape.ts';
import { tableHtml } from './table.ts';

const card = (value: string, meaning: string): Markup =>
  html`<li><strong>${value}</strong><span>${meaning}</span></li>`;

const intervalText = (interval: Interval | null): string => (interval === null ? '' : formatInterval(interval));

function doublingCards({ endToEnd, leastSquares, bootstrap95 }: DoublingMonths) {
  const interval = bootstrap95 ? `; 95 % interval ${intervalText(bootstrap95)}` : '';
  return [
    leastSquares !== null && card(months(leastSquares), `to halve the compute, by least squares${interval}`),
    endToEnd !== null && card(months(endToEnd), 'to halve the compute, end to end'),
  ];
}

/** The main numbers of a trend as cards: reduction, doubling time, Moore's law. */
export const cards = (trend: LevelTrend): Markup =>
  html`<p class="lead">Headline: ${levelTitle(trend)}</p>
    <ul class="cards">
      ${trend.factor !== null && trend.factor > 1 && card(factor(trend.factor), 'less training compute to the same level')}
      ${doublingCards(trend.doublingMonths)}
      ${trend.moore && card(factor(trend.moore.factor), 'from Moore’s law (24 months) in the same time')}
      ${card(String(trend.points.length), `networks at the level, ${trend.points.filter(({ onFrontier }) => onFrontier).length} on the frontier`)}
    </ul>`;

const inMonths = (key: string, label: string): Column => ({
  key,
  label,
  unit: 'months',
  show: formatMonths,
});

const columns: readonly Column[] = [
  { key: 'level', label: 'Level' },
  { key: 'counts', label: 'Counts' },
  { key: 'networks', label: 'Networks' },
  { key: 'factor', label: 'Reduction', show: factor },
  inMonths('endToEnd', 'End to end'),
  inMonths('leastSquares', 'Least squares'),
  { key: 'bootstrap', label: '95 % (bootstrap)', unit: 'months' },
  { key: 'interval', label: '95 % (t)', unit: 'months' },
  inMonths('theilSen', 'Theil–Sen'),
  { key: 'leaveOneOut', label: 'Leaving one out', unit: 'months' },
  { key: 'moore', label: 'Moore’s law', show: factor },
];

const trendRow = (trend: LevelTrend, anchor: string | undefined): Row => ({
  ...(anchor === undefined ? {} : { source: anchor }),
  level: levelTitle(trend),
  counts: trend.counts,
  networks: trend.points.length,
  factor: trend.factor,
  endToEnd: trend.doublingMonths.endToEnd,
  leastSquares: trend.doublingMonths.leastSquares,
  interval: intervalText(trend.doublingMonths.leastSquares95),
  bootstrap: intervalText(trend.doublingMonths.bootstrap95),
  theilSen: trend.doublingMonths.theilSen,
  leaveOneOut: leaveOneOutText(trend.doublingMonths.leaveOneOut) ?? '',
  moore: trend.moore?.factor ?? null,
});

/** The anchor that a level links to: its chart, or the record of its numbers. */
function findAnchor(trend: LevelTrend, anchors: ReadonlySet<string>): string | undefined {
  const chart = frontierId(trend);
  if (anchors.has(chart)) return chart;
  if (trend.source === 'points') return POINTS;
  return trend.source === 'published' ? PUBLISHED : undefined;
}

/** The doubling time of each level by each estimator. @param anchors the ids of the charts on the page. */
export const trendTable = (trends: readonly LevelTrend[], anchors: ReadonlySet<string>): Table => ({
  columns,
  rows: trends.map((trend) => trendRow(trend, findAnchor(trend, anchors))),
});

/** The table of all levels and estimators, with the reasons why some levels have no estimate. */
export const trendsHtml = (trends: readonly LevelTrend[], anchors: ReadonlySet<string>): Markup =>
  html` ${tableHtml(trendTable(trends, anchors), 'All levels and estimators')}
  ${trends
    .filter(({ notes, doublingMonths }) => notes.length > 0 && doublingMonths.endToEnd === null)
    .map((trend) => html`<p class="note">${levelTitle(trend)}: ${trend.notes.map(asSentence).join(' ')}</p>`)}`;
