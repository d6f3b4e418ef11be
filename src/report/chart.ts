import type { TopLevelSpec } from 'vega-lite';
import type { Colour } from './palette.ts';
import type { Table } from './table.ts';

/** One layer of a Vega-Lite chart, with its own data. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** One entry of a legend, which shows and hides it. Rows of the chart's data name it in their field `series`. */
export interface Series {
  readonly name: string;
  readonly colour: Colour;
  readonly mark: 'point' | 'line' | 'band';
  readonly dash?: readonly number[];
}

export interface Chart {
  /** Names its files and its anchor: lower case letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** Shown above the chart on the page if the section's heading already names the level; default: the title. */
  readonly heading?: string;
  /** What the chart shows, in a sentence or two with its numbers: the caption and the text alternative. */
  readonly summary: string;
  readonly notes: readonly string[];
  readonly series: readonly Series[];
  /** Vega-Lite layers; draw.ts adds size and theme. */
  readonly layers: readonly Layer[];
  readonly height: number;
  /** What the page shows under the chart. */
  readonly table: Table;
  /** Everything that is drawn, for the CSV; default: the table. */
  readonly data?: Table;
}
