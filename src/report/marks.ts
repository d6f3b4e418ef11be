import type { Layer, Series } from './chart.ts';
import { SPREAD } from './labels.ts';

/** The tooltip of a datum: names and formatted values. */
export type TooltipRow = Readonly<Record<string, string>>;

/** A row of a chart's data. */
export interface Datum {
  /** The name of its series in the legend. A datum without a series is always drawn. */
  readonly series?: string;
  readonly tip?: TooltipRow;
  readonly [field: string]: unknown;
}

type Encoding = NonNullable<Extract<Layer, { mark: unknown }>['encoding']>;

/** The axes of a chart. */
export interface Axes {
  readonly x: NonNullable<Encoding['x']>;
  readonly y: NonNullable<Encoding['y']>;
}

/** Width of lines in pixels, area of points in square pixels, opacity from 0 to 1. */
interface MarkStyle {
  readonly width?: number;
  readonly size?: number;
  readonly opacity?: number;
}

/** The data of a layer without the hidden series. The legend sets the signal `hidden` (browser/legend.ts). */
const visibleData = (rows: readonly Datum[]) => ({
  data: { values: [...rows] },
  transform: [{ filter: '!isValid(datum.series) || indexof(hidden, datum.series) < 0' }],
});

/** The channel (such as a colour) that gives each series its value. */
const seriesChannel = <Value>(series: readonly Series[], valueOf: (item: Series) => Value) => ({
  field: 'series',
  type: 'nominal' as const,
  scale: { domain: series.map(({ name }) => name), range: series.map(valueOf) },
});

/** A horizontal line at a value of y, with its name above the left end. */
const levelLayers = (y: Axes['y'], row: Datum): Layer[] => [
  {
    ...visibleData([row]),
    mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 1.5, opacity: 0.75, aria: false },
    encoding: { y },
  },
  {
    ...visibleData([row]),
    mark: { type: 'text', align: 'left', dx: 4, dy: -7, x: 0, aria: false },
    encoding: { y, text: { field: 'name', type: 'nominal' } },
  },
];

/** A vertical line at a value of x, with its name beside the upper end. */
const markerLayers = (x: Axes['x'], row: Datum, side: 'left' | 'right'): Layer[] => [
  {
    ...visibleData([row]),
    mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 1.2, opacity: 0.6, aria: false },
    encoding: { x },
  },
  {
    ...visibleData([row]),
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

/** Functions that make the layers of a chart; all layers have the same axes and series. */
export function layersOver(axes: Axes, series: readonly Series[]) {
  const color = seriesChannel(series, ({ colour }) => colour.light);
  const strokeDash = seriesChannel(series, ({ dash }) => [...(dash ?? [])]);

  return {
    /** One line per value of the field `line`, through its points in the order of the field `at`. */
    lines: (rows: readonly Datum[], { width = 2, opacity = 1 }: MarkStyle = {}): Layer => ({
      ...visibleData(rows),
      mark: { type: 'line', strokeWidth: width, opacity, aria: false },
      encoding: {
        ...axes,
        color,
        strokeDash,
        detail: { field: 'line', type: 'nominal' },
        order: { field: 'at', type: 'quantitative' },
      },
    }),

    /** The area between the field of the y axis and the field `upper`. */
    band: (rows: readonly Datum[]): Layer => ({
      ...visibleData(rows),
      mark: { type: 'area', opacity: 0.16, clip: true, aria: false },
      encoding: { ...axes, y2: { field: 'upper' }, color },
    }),

    /** Filled points with tooltips, which can be reached with the arrow keys. */
    points: (rows: readonly Datum[], { size = 70, opacity = 1 }: MarkStyle = {}): Layer => ({
      ...visibleData(rows),
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
      ...visibleData(rows),
      mark: { type: 'rule', strokeWidth: 1.5, aria: false },
      encoding: { ...axes, y: { ...axes.y, field: low }, y2: { field: high }, color },
    }),

    /** Labels at points, from the field `name`, without overlaps; labels with a low `order` are placed first. */
    labels: (rows: readonly Datum[]): Layer => ({
      ...visibleData(rows),
      mark: { type: 'text', style: SPREAD, aria: false },
      encoding: { ...axes, text: { field: 'name', type: 'nominal' } },
    }),

    /** A line up the chart at a value of the x field, with its name on one side of the upper end. */
    marker: (value: string, name: string, field: string, side: 'left' | 'right'): Layer[] =>
      markerLayers(axes.x, { [field]: value, name }, side),

    /** A horizontal line at a value of the y field, with its name above the left end. */
    level: (value: number, name: string, field: string): Layer[] => levelLayers(axes.y, { [field]: value, name }),
  };
}
