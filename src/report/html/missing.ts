import type { UnreadableFile } from '../../results/store.ts';
import type { LevelTrend } from '../../trend/types.ts';
import { levelTitle } from '../charts/titles.ts';
import type { MissingRun } from '../missing.ts';
import { formatCount, formatPercent } from '../../base/format.ts';
import type { Table } from '../table.ts';
import { html, type Markup } from './escape.ts';
import { tableHtml } from './table.ts';

const table = (runs: readonly MissingRun[]): Table => ({
  columns: [
    { key: 'id', label: 'Run' },
    { key: 'network', label: 'Network' },
    { key: 'state', label: 'State' },
    { key: 'epochs', label: 'Epochs' },
    { key: 'accuracy', label: 'Accuracy', show: formatPercent },
    { key: 'updatedAt', label: 'Last update' },
    { key: 'message', label: 'Message' },
  ],
  rows: runs.map((run) => ({ ...run })),
});

/** The runs and files that the charts do not show, and why; empty if nothing is missing. */
export function missingHtml(
  runs: readonly MissingRun[],
  unreadable: readonly UnreadableFile[],
  trends: readonly LevelTrend[],
): Markup {
  const below = trends.filter(({ notReached }) => notReached.length > 0);
  if (runs.length + unreadable.length + below.length === 0) return html``;
  return html`<section id="missing">
    <h2>What is missing</h2>
    ${
      runs.length > 0 &&
      html`<p>${formatCount(runs.length, 'run')} without a measurement yet.</p>
        ${tableHtml(table(runs), 'Runs without a measurement')}`
    }
    ${
      unreadable.length > 0 &&
      html`<p>Files that cannot be used:</p>
        <ul>
          ${unreadable.map(({ file, message }) => html`<li><code>${file}</code>: ${message}</li>`)}
        </ul>`
    }
    ${below.map((trend) => html`<p>Below ${levelTitle(trend)}: ${trend.notReached.join(', ')}.</p>`)}
  </section>`;
}
