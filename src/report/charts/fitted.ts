import { DAYS_PER_MONTH, MILLISECONDS_PER_DAY, monthsBetween, PAPER_ENDS } from '../../trend/dates.ts';
import { MOORE_MONTHS } from '../../trend/fit.ts';
import type { FitPoint, FittedLine } from '../../trend/types.ts';
import type { Layer, Series } from '../chart.ts';
import { layersOver, type Datum } from '../marks.ts';
import { extremes } from '../../base/numbers/extremes.ts';
import { factor, shortenName } from '../numbers.ts';
import { colours } from '../palette.ts';
import { dateAxis, logAxis } from './axes.ts';

/** The fit of a measure in which less is better, and how it is drawn. */
export interface Fitted {
  readonly points: readonly FitPoint[];
  readonly line: FittedLine | null;
  /** The title of the y axis: measure and unit. */
  readonly title: string;
  /** Formats a value with its unit. */
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

/** Straight parts of a fitted line and its band. */
const SEGMENTS = 40;

/** Months from `from` on, evenly distributed over a span of months, each with its date. */
const spreadMonths = (from: string, span: number, count: number) =>
  Array.from({ length: count + 1 }, (_, index) => {
    const month = (span * index) / count;
    const date = new Date(Date.parse(from) + month * DAYS_PER_MONTH * MILLISECONDS_PER_DAY);
    return { month, at: month, published: date.toISOString().slice(0, 10) };
  });

/** Half the width of the 95 % band in log2: the t interval of the fitted mean (Draper & Smith 1998, section 3.1). */
function halfWidth(line: FittedLine, month: number): number {
  if (line.t95 === null || line.residualDeviation === null) return 0;
  const n = line.degreesOfFreedom + 2;
  const leverage = (month - line.meanMonths) ** 2 / line.sumSquaresMonths;
  return line.t95 * line.residualDeviation * Math.sqrt(1 / n + leverage);
}

const fitRows = (line: FittedLine, span: number): Datum[] =>
  spreadMonths(line.from, span, SEGMENTS).map((place) => {
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

/** Moore's law: half the value every 24 months, from the first network of the frontier on. */
const mooreRows = (first: FitPoint, span: number): Datum[] =>
  spreadMonths(first.published, span, 1).map((place) => ({
    ...place,
    value: first.value * 2 ** (-place.month / MOORE_MONTHS),
    series: moore.name,
  }));

const toDatum = (point: FitPoint, index: number, { show, more }: Fitted): Datum => ({
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
    Reduction: factor(point.reduction),
    ...more?.(point),
  },
});

/** All values that the y axis must show. A band is shown up to a factor of four beyond the points. */
function axisValues(rows: readonly Datum[], bands: readonly Datum[]): number[] {
  const pointValues = rows.flatMap((row) => [row['value'], row['low'], row['high']]).filter(isNumber);
  const [min, max] = extremes(pointValues);
  const [low, high] = [min / 4, max * 4];
  const bandValues = bands.flatMap((row) => [row['value'], row['upper']]).filter(isNumber);
  return [...pointValues, ...bandValues.map((value) => Math.min(Math.max(value, low), high))];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** The largest number of labels that a chart has room for. */
const MAX_LABELS = 60;

/** The rows that get a label; those on the frontier come first. */
const chooseLabels = (onFrontier: readonly Datum[], offFrontier: readonly Datum[]): Datum[] =>
  [...onFrontier, ...offFrontier]
    .slice(0, MAX_LABELS)
    .map((row) => ({ ...row, name: shortenName(String(row['name'])) }));

const PAPER_END_NAME = 'end of the paper’s data, May 2019';

/**
 * The side of the marker for the end of the paper's data with room for its name; undefined if all networks are on one side.
 */
function sideOfPaperEnd(dates: readonly string[]): 'left' | 'right' | undefined {
  const [first, last] = extremes(dates.map(Date.parse));
  const end = Date.parse(PAPER_ENDS);
  if (first >= end || last <= end) return undefined;
  return (end - first) / (last - first) > 0.5 ? 'left' : 'right';
}

/** A value above all others, so that the top of the chart has room for the name of that marker. */
function valueAbove(values: readonly number[]): number {
  const [low, high] = extremes(values);
  return high * (high / low) ** 0.09;
}

/**
 * The series and layers of a fit: the frontier in blue, all other points in grey, the fitted line with its band, Moore's law.
 */
export function fittedLayers(fitted: Fitted): { series: Series[]; layers: Layer[] } {
  const rows = fitted.points.map((point, index) => toDatum(point, index, fitted));
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
  const series = present.filter(([, data]) => data.length > 0).map(([item]) => item);
  const dates = fitted.points.map(({ published }) => published);
  const side = sideOfPaperEnd(dates);
  const values = axisValues([...rows, ...law], bands);
  const x = dateAxis('published', dates);
  const y = logAxis('value', fitted.title, side === undefined ? values : [...values, valueAbove(values)]);
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
    draw.labels(chooseLabels(onFrontier, offFrontier)),
  ];
  return { series, layers };
}
