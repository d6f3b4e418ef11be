import type { TopLevelSpec } from 'vega-lite';
import type { Colour } from './palette.ts';
import type { Table } from './table.ts';

/** One layer of a Vega-Lite chart, with its own data. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** A part of a chart with an entry in the legend, which shows or hides it. Rows of data name it in the field `series`. */
export interface Series {
  readonly name: string;
  readonly colour: Colour;
  readonly mark: 'point' | 'line' | 'band';
  /** Lengths of dashes and gaps in pixels. */
  readonly dash?: readonly number[];
}

/** A chart of the report. */
export interface Chart {
  /** The name of its files and its anchor: lower case letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** The heading on the page, if the section already names the level; by default, the title. */
  readonly heading?: string;
  /** What the chart shows, in one or two sentences with numbers. It is the caption and the text alternative. */
  readonly summary: string;
  readonly notes: readonly string[];
  readonly series: readonly Series[];
  /** Vega-Lite layers; draw.ts adds size and theme. */
  readonly layers: readonly Layer[];
  /** In CSS pixels. */
  readonly height: number;
  /** The table under the chart on the page. */
  readonly table: Table;
  /** All data that is drawn, for the CSV; by default, the table. */
  readonly data?: Table;
}
