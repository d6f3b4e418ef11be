import type { Chart, Series } from '../chart.ts';
import { asSentence } from '../../base/text/sentence.ts';
import { html, jsonForScript, trusted, type Markup } from './escape.ts';
import { swatchShape } from './swatch.ts';
import { tableHtml } from './table.ts';

/** A chart with its drawings, and its data for the browser and for downloads. */
export interface DrawnChart {
  readonly chart: Chart;
  /** The drawing in the page, in the page's colours. */
  readonly pageSvg: string;
  /** The Vega specification of that drawing, for the browser. */
  readonly pageSpec: object;
  /** The drawing as a file, on white with its legend. */
  readonly fileSvg: string;
  readonly csv: string;
}

const swatch = (series: Series): Markup =>
  html`<svg class="swatch" width="24" height="12" aria-hidden="true">${swatchShape(series)}</svg>`;

const legend = (series: readonly Series[]): Markup =>
  html` <ul class="legend" aria-label="Legend: show or hide">
    ${series.map(
      (item) =>
        html`<li>
          <button type="button" aria-pressed="true" data-series="${item.name}">
            ${swatch(item)}<span>${item.name}</span>
          </button>
        </li> `,
    )}
  </ul>`;

const downloads = (id: string): Markup =>
  html` <p class="downloads" hidden>
    Save as
    ${['svg', 'png', 'csv'].map(
      (kind) => html`<button type="button" data-file="${id}.${kind}">${kind.toUpperCase()}</button> `,
    )}
  </p>`;

/** A chart as a figure: caption, legend, drawing, table, and its data for the browser. */
export function figureHtml({ chart, pageSvg, pageSpec, fileSvg, csv }: DrawnChart): Markup {
  return html` <figure class="chart" id="${chart.id}">
    <h3>${chart.heading ?? chart.title}</h3>
    <p class="caption" id="${chart.id}-caption">${chart.summary}</p>
    ${legend(chart.series)}
    <div
      class="drawing"
      tabindex="0"
      role="group"
      aria-roledescription="chart"
      aria-label="${chart.title}"
      aria-describedby="${chart.id}-caption ${chart.id}-keys"
    >
      ${trusted(pageSvg)}
    </div>
    <p class="keys" id="${chart.id}-keys" hidden>Arrow keys move between the points; Escape leaves the chart.</p>
    <div class="spoken" role="status"></div>
    ${chart.notes.map((note) => html`<p class="note">${asSentence(note)}</p>`)} ${downloads(chart.id)}
    <details class="table">
      <summary>Table: ${chart.heading ?? chart.title}</summary>
      ${tableHtml(chart.table, chart.title)}
    </details>
    <script type="application/json" class="chart-data">
      ${jsonForScript({ spec: pageSpec, svg: fileSvg, csv })}
    </script>
  </figure>`;
}
