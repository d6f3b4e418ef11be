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
  /** Stands over it on the page, where a section's heading has said what the charts in it share; the title where absent. */
  readonly heading?: string;
  /** What there is to see, in a sentence or two with its numbers: caption and text alternative in one. */
  readonly says: string;
  readonly notes: readonly string[];
  readonly series: readonly Series[];
  /** Vega-Lite; size and theme are the drawing's (draw.ts). */
  readonly layers: readonly Layer[];
  readonly height: number;
  /** What the page shows under the chart. */
  readonly table: Table;
  /** Everything that is drawn, for the CSV; the table where absent. */
  readonly data?: Table;
}
