import { DAYS_PER_MONTH, MILLISECONDS_PER_DAY, monthsBetween, PAPER_ENDS } from '../../trend/dates.ts';
import type { FitPoint, FittedLine } from '../../trend/types.ts';
import type { Layer, Series } from '../chart.ts';
import { layersOver, type Datum } from '../marks.ts';
import { extremes } from '../../base/extremes.ts';
import { factor, shortened } from '../numbers.ts';
import { colours } from '../palette.ts';
import { dateAxis, logAxis } from './axes.ts';

/** The data of a frontier of any measure in which less is better. */
export interface Fitted {
  readonly points: readonly FitPoint[];
  readonly line: FittedLine | null;
  /** The y axis: measure and unit. */
  readonly title: string;
  readonly show: (value: number) => string;
  /** Whether Moore's law is drawn too. */
  readonly withMoore: boolean;
  /** Additional lines for the tooltip of a network. */
  readonly more?: (point: FitPoint) => Readonly<Record<string, string>>;
}

const best: Series = { name: 'Frontier', colour: colours.blue, mark: 'line' };
const others: Series = { name: 'Not on the frontier', colour: colours.grey, mark: 'point' };
const band: Series = { name: '95 % band of the fit', colour: colours.green, mark: 'band' };
const fit: Series = {
  name: 'Least-squares fit',
  colour: colours.green,
  mark: 'line',
  dash: [6, 3],
};
const moore: Series = {
  name: 'Moore’s law, 24 months',
  colour: colours.vermilion,
  mark: 'line',
  dash: [2, 2],
};

const MOORE_MONTHS = 24;
const STEPS = 40;

/** Months after `from`, evenly spread over a span, each with its date. */
const spread = (from: string, span: number, count: number) =>
  Array.from({ length: count + 1 }, (_, index) => {
    const month = (span * index) / count;
    const date = new Date(Date.parse(from) + month * DAYS_PER_MONTH * MILLISECONDS_PER_DAY);
    return { month, at: month, published: date.toISOString().slice(0, 10) };
  });

/** Half the width of the 95 % band, in log2: the t interval of the fitted mean (Draper & Smith 1998, section 3.1). */
function halfWidth(line: FittedLine, month: number): number {
  if (line.t95 === null || line.residualDeviation === null) return 0;
  const n = line.degreesOfFreedom + 2;
  const away = (month - line.meanMonths) ** 2 / line.sumSquaresMonths;
  return line.t95 * line.residualDeviation * Math.sqrt(1 / n + away);
}

const fitRows = (line: FittedLine, span: number): Datum[] =>
  spread(line.from, span, STEPS).map((place) => {
    const log2 = line.intercept + line.slopePerMonth * place.month;
    const half = halfWidth(line, place.month);
    return {
      ...place,
      series: fit.name,
      value: 2 ** log2,
      lower: 2 ** (log2 - half),
      upper: 2 ** (log2 + half),
    };
  });

const bandRows = (rows: readonly Datum[]): Datum[] =>
  rows.map((row) => ({ ...row, series: band.name, value: row['lower'] }));

/** Half the compute every 24 months, from the frontier's first network on. */
const mooreRows = (first: FitPoint, span: number): Datum[] =>
  spread(first.published, span, 1).map((place) => ({
    ...place,
    value: first.value * 2 ** (-place.month / MOORE_MONTHS),
    series: moore.name,
  }));

const datumOf = (point: FitPoint, index: number, { show, more }: Fitted): Datum => ({
  series: point.onFrontier ? best.name : others.name,
  name: point.network,
  published: point.published,
  at: index,
  order: point.onFrontier ? index : 1000 + index,
  value: point.value,
  low: point.range[0],
  high: point.range[1],
  tip: {
    Network: point.network,
    Published: point.published,
    Needed: show(point.value),
    ...(point.seeds > 1
      ? {
          'Over seeds': `${show(point.range[0])} to ${show(point.range[1])}`,
          'Seeds at the level': `${point.seedsAtLevel} of ${point.seeds}`,
        }
      : {}),
    'Less than the first': factor(point.reduction),
    ...more?.(point),
  },
});

/** All drawn values; a band counts up to a factor of four beyond the points. */
function valuesOf(rows: readonly Datum[], bands: readonly Datum[]): number[] {
  const inner = rows.flatMap((row) => [row['value'], row['low'], row['high']]).filter(isNumber);
  const [min, max] = extremes(inner);
  const [low, high] = [min / 4, max * 4];
  const outer = bands.flatMap((row) => [row['value'], row['upper']]).filter(isNumber);
  return [...inner, ...outer.map((value) => Math.min(Math.max(value, low), high))];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** A chart has no room for more labels. */
const MAX_LABELS = 60;

/** Networks on the frontier first. */
const labelled = (onFrontier: readonly Datum[], offFrontier: readonly Datum[]): Datum[] =>
  [...onFrontier, ...offFrontier].slice(0, MAX_LABELS).map((row) => ({ ...row, name: shortened(String(row['name'])) }));

const PAPER_END_NAME = 'end of the paper’s data, May 2019';

/** On which side of the end of the paper's data its name has room; undefined unless networks are on both sides of it. */
function sideOfPaperEnd(dates: readonly string[]): 'left' | 'right' | undefined {
  const [first, last] = extremes(dates.map(Date.parse));
  const end = Date.parse(PAPER_ENDS);
  if (first >= end || last <= end) return undefined;
  return (end - first) / (last - first) > 0.5 ? 'left' : 'right';
}

/** A value above all others: leaves a row at the top of the chart free for the name of the paper's end. */
function roomAbove(values: readonly number[]): number {
  const [low, high] = extremes(values);
  return high * (high / low) ** 0.09;
}

/** The series and layers of a frontier: its points in blue, all others in grey, the fit with its band, Moore's law. */
export function fittedLayers(fitted: Fitted): { series: Series[]; layers: Layer[] } {
  const rows = fitted.points.map((point, index) => datumOf(point, index, fitted));
  const onFrontier = rows.filter((row) => row.series === best.name);
  const offFrontier = rows.filter((row) => row.series === others.name);
  const frontier = fitted.points.filter((point) => point.onFrontier);
  const [first, last] = [frontier[0], frontier.at(-1)];
  const span = first && last ? monthsBetween(first.published, last.published) : 0;
  const line = fitted.line && span > 0 ? fitRows(fitted.line, span) : [];
  const bands = fitted.line?.t95 == null ? [] : bandRows(line);
  const law = fitted.withMoore && first && span > 0 ? mooreRows(first, span) : [];
  const present: [Series, readonly Datum[]][] = [
    [best, onFrontier],
    [others, offFrontier],
    [fit, line],
    [band, bands],
    [moore, law],
  ];
  const series = present.filter(([, data]) => data.length > 0).map(([one]) => one);
  const dates = fitted.points.map(({ published }) => published);
  const side = sideOfPaperEnd(dates);
  const values = valuesOf([...rows, ...law], bands);
  const x = dateAxis('published', dates);
  const y = logAxis('value', fitted.title, side === undefined ? values : [...values, roomAbove(values)]);
  const draw = layersOver({ x, y }, series);
  const layers = [
    ...(side === undefined ? [] : draw.marker(PAPER_ENDS, PAPER_END_NAME, 'published', side)),
    draw.band(bands),
    draw.lines(line),
    draw.lines(law),
    draw.lines(onFrontier, { width: 2.5 }),
    draw.ranges(rows, 'low', 'high'),
    draw.points(offFrontier, { size: 60 }),
    draw.points(onFrontier, { size: 90 }),
    draw.labels(labelled(onFrontier, offFrontier)),
  ];
  return { series, layers };
}
