import type { Claim, CountComparison } from '../../trend/types.ts';
import { significant } from '../numbers.ts';
import { PUBLISHED } from '../sources.ts';
import type { Table } from '../table.ts';
import { html, type Markup } from './escape.ts';
import { tableHtml } from './table.ts';

const claimTable = (claims: readonly Claim[]): Table => ({
  columns: [
    { key: 'what', label: 'Figure' },
    { key: 'unit', label: 'Unit' },
    { key: 'stated', label: 'As published', show: (value) => significant(value, 4) },
    { key: 'recomputed', label: 'Recomputed', show: (value) => significant(value, 4) },
    { key: 'agrees', label: 'Agrees' },
  ],
  rows: claims.map((claim) => ({ ...claim, agrees: claim.agrees ? 'yes' : 'no' })),
});

const countTable = (counts: readonly CountComparison[]): Table => ({
  columns: [
    { key: 'network', label: 'Network' },
    { key: 'stated', label: 'As published', unit: 'billion MACs', show: significant },
    { key: 'exact', label: 'Exact', unit: 'billion MACs', show: significant },
    { key: 'ratio', label: 'Published / exact', show: significant },
  ],
  rows: counts.map((row) => ({
    network: row.network,
    stated: row.statedGigaMacs,
    exact: row.exactGigaMacs,
    ratio: row.ratio,
  })),
});

/** The figures of the paper, and the same figures recomputed from its inputs. */
export function claimsHtml(claims: readonly Claim[], counts: readonly CountComparison[]): Markup {
  const agreeing = claims.filter(({ agrees }) => agrees).length;
  return html`<section id="claims">
    <h2>The paper’s figures, recomputed</h2>
    <p class="caption">
      ${agreeing} of ${claims.length} recomputed figures agree with the published ones, to all stated digits.
    </p>
    <details class="table">
      <summary>Table: every figure</summary>
      ${tableHtml(claimTable(claims), 'The paper’s figures, recomputed')}
    </details>
    <details class="table">
      <summary>Table: published and exact counts</summary>
      ${tableHtml(countTable(counts), 'Published and exact counts')}
    </details>
  </section>`;
}

/** The source of the published numbers and their known errors. */
export const publishedRecord = (source: string, notes: readonly string[], errors: readonly string[]): Markup =>
  html` <details class="record">
    <summary><strong>Published numbers</strong></summary>
    <div id="${PUBLISHED}" tabindex="-1">
      <p>${source}; in doubletime: <code>results/published.json</code>.</p>
      <ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>
      <p>Known errors:</p>
      <ul>
        ${errors.map((error) => html`<li>${error}</li>`)}
      </ul>
    </div>
  </details>`;
