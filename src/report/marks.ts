import type { Layer, Series } from './chart.ts';
import { SPREAD } from './labels.ts';

/** The tooltip of a datum: names and formatted values. */
export type TooltipRow = Readonly<Record<string, string>>;

export interface Datum {
  /** Name of the series in the legend; a datum without a series is always drawn. */
  readonly series?: string;
  readonly tip?: TooltipRow;
  readonly [field: string]: unknown;
}

type Encoding = NonNullable<Extract<Layer, { mark: unknown }>['encoding']>;

export interface Axes {
  readonly x: NonNullable<Encoding['x']>;
  readonly y: NonNullable<Encoding['y']>;
}

interface MarkStyle {
  readonly width?: number;
  readonly size?: number;
  readonly opacity?: number;
}

/** The legend sets the signal `hidden` (browser/legend.ts). */
const values = (rows: readonly Datum[]) => ({
  data: { values: [...rows] },
  transform: [{ filter: '!isValid(datum.series) || indexof(hidden, datum.series) < 0' }],
});

const scaleOf = <Look>(series: readonly Series[], lookOf: (one: Series) => Look) => ({
  field: 'series',
  type: 'nominal' as const,
  scale: { domain: series.map(({ name }) => name), range: series.map(lookOf) },
});

/** A line across the chart at a value of y, with its name over the left end. */
const levelLayers = (y: Axes['y'], row: Datum): Layer[] => [
  {
    ...values([row]),
    mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 1.5, opacity: 0.75, aria: false },
    encoding: { y },
  },
  {
    ...values([row]),
    mark: { type: 'text', align: 'left', dx: 4, dy: -7, x: 0, aria: false },
    encoding: { y, text: { field: 'name', type: 'nominal' } },
  },
];

/** A line up the chart at a value of x, with its name beside the upper end. */
const markerLayers = (x: Axes['x'], row: Datum, side: 'left' | 'right'): Layer[] => [
  {
    ...values([row]),
    mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 1.2, opacity: 0.6, aria: false },
    encoding: { x },
  },
  {
    ...values([row]),
    mark: {
      type: 'text',
      align: side === 'right' ? 'left' : 'right',
      dx: side === 'right' ? 5 : -5,
      dy: 8,
      y: 0,
      aria: false,
    },
    encoding: { x, text: { field: 'name', type: 'nominal' } },
  },
];

/** The layers of a chart over the same axes and series. */
export function layersOver(axes: Axes, series: readonly Series[]) {
  const color = scaleOf(series, ({ colour }) => colour.light);
  const strokeDash = scaleOf(series, ({ dash }) => [...(dash ?? [])]);

  return {
    /** One line for each value of the field `line`, through its points in the order of `at`. */
    lines: (rows: readonly Datum[], { width = 2, opacity = 1 }: MarkStyle = {}): Layer => ({
      ...values(rows),
      mark: { type: 'line', strokeWidth: width, opacity, aria: false },
      encoding: {
        ...axes,
        color,
        strokeDash,
        detail: { field: 'line', type: 'nominal' },
        order: { field: 'at', type: 'quantitative' },
      },
    }),

    /** Between the y field and `upper`. */
    band: (rows: readonly Datum[]): Layer => ({
      ...values(rows),
      mark: { type: 'area', opacity: 0.16, clip: true, aria: false },
      encoding: { ...axes, y2: { field: 'upper' }, color },
    }),

    /** Filled points with tooltips that the arrow keys can reach. */
    points: (rows: readonly Datum[], { size = 70, opacity = 1 }: MarkStyle = {}): Layer => ({
      ...values(rows),
      mark: {
        type: 'point',
        filled: true,
        shape: 'circle',
        size,
        opacity,
        tooltip: { expr: 'datum.tip' },
        aria: false,
      },
      encoding: { ...axes, color },
    }),

    /** Vertical lines from one field to the other, such as the range over seeds. */
    ranges: (rows: readonly Datum[], low: string, high: string): Layer => ({
      ...values(rows),
      mark: { type: 'rule', strokeWidth: 1.5, aria: false },
      encoding: { ...axes, y: { ...axes.y, field: low }, y2: { field: high }, color },
    }),

    /** Labels at points, from the field `name`, without overlaps; labels with a low `order` are placed first. */
    labels: (rows: readonly Datum[]): Layer => ({
      ...values(rows),
      mark: { type: 'text', style: SPREAD, aria: false },
      encoding: { ...axes, text: { field: 'name', type: 'nominal' } },
    }),

    /** A line up the chart at a value of the x field, with its name on one side of the upper end. */
    marker: (value: string, name: string, field: string, side: 'left' | 'right'): Layer[] =>
      markerLayers(axes.x, { [field]: value, name }, side),

    /** A line across the chart at a value of the y field, with its name over the left end. */
    level: (value: number, name: string, field: string): Layer[] => levelLayers(axes.y, { [field]: value, name }),
  };
}
