import type { ReportInput } from '../input.ts';
import { formatCount } from '../../base/text/format.ts';
import type { Run } from '../runs.ts';
import { html, type Markup } from './escape.ts';
import { figureHtml, type DrawnChart } from './figure.ts';
import { missingHtml } from './missing.ts';
import { cards, trendsHtml } from './overview.ts';
import { pointsRecord } from './points.ts';
import { claimsHtml, publishedRecord } from './published.ts';
import { recordHtml } from './records.ts';

/** The charts under one heading. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly charts: readonly DrawnChart[];
}

const contents = (sections: readonly Section[], withClaims: boolean): Markup =>
  html` <nav aria-label="Contents">
    <ul>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
      ${withClaims && html`<li><a href="#claims">The paper’s figures, recomputed</a></li>`}
      <li><a href="#sources">Where the numbers come from</a></li>
    </ul>
  </nav>`;

/** The first line of the page: what it is made from. */
function lead({ measurements, missing, trend }: ReportInput): string {
  const networks = new Set(measurements.map(({ network }) => network)).size;
  const source =
    measurements.length === 0
      ? trend.published === undefined && trend.points !== undefined
        ? `From ${formatCount(trend.points.length, 'file')} of points.`
        : 'From published numbers.'
      : `From ${formatCount(measurements.length, 'measurement')} of ${formatCount(networks, 'network')}.`;
  return missing.length === 0 ? source : `${source} ${formatCount(missing.length, 'more run')} without a measurement.`;
}

const sectionHtml = (section: Section): Markup =>
  html` <section id="${section.id}">
    <h2>${section.title}</h2>
    ${section.charts.map(figureHtml)}
  </section>`;

const sourcesHtml = ({ trend: { published, points }, publishedNotes }: ReportInput, runs: readonly Run[]): Markup =>
  html` <section id="sources">
    <h2>Where the numbers come from</h2>
    <p>
      The first cell of each table row links to a record in this section: config, seed, hardware, software and hash.
    </p>
    ${published && publishedRecord(published.source, publishedNotes, published.errors)}
    ${points && pointsRecord(points)} ${runs.map(recordHtml)}
  </section>`;

const footer = html`<footer>
  <p>
    Made by doubletime. Compute is training compute; evaluation and input processing are not part of it. The counts
    “paper” are those of Hernandez &amp; Brown 2020: three forward passes, with a multiply-accumulate as one FLOP. The
    counts “exact” contain every operation of the graph that ran, with a multiply-accumulate as two FLOPs.
  </p>
  <p>
    This page contains all its data and loads nothing from other places. It contains Vega (© 2015–2026 University of
    Washington Interactive Data Lab and contributors, BSD 3-Clause) and D3 (© Mike Bostock, ISC).
  </p>
</footer>`;

const drawnIds = (sections: readonly Section[]): ReadonlySet<string> =>
  new Set(sections.flatMap(({ charts }) => charts.map(({ chart }) => chart.id)));

/** The body of the page. */
export function bodyHtml(input: ReportInput, runs: readonly Run[], sections: readonly Section[]): Markup {
  const { published } = input.trend;
  const headline = input.trend.levels.find(({ factor }) => (factor ?? 1) > 1) ?? input.trend.levels[0];
  return html` <main>
      <h1>How much less compute the same accuracy takes</h1>
      <p class="lead">${lead(input)}</p>
      ${headline && cards(headline)} ${contents(sections, published !== undefined)}
      ${missingHtml(input.missing, input.trend.leftOut ?? [], input.trend.levels)}
      ${
        input.trend.levels.length > 0 &&
        html`<section id="trends">
          <h2>All trends</h2>
          ${trendsHtml(input.trend.levels, drawnIds(sections))}
        </section>`
      }
      ${sections.map(sectionHtml)} ${published && claimsHtml(published.claims, published.counts)}
      ${sourcesHtml(input, runs)}
    </main>
    ${footer}`;
}
