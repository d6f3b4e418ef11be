import { cellText, type Column, type Row, type Table } from '../table.ts';
import { html, type Markup } from './escape.ts';

const heading = ({ label, unit }: Column): Markup =>
  html`<th scope="col">${label}${unit !== undefined && html` <span class="unit">${unit}</span>`}</th>`;

function cell(column: Column, row: Row, isFirst: boolean): Markup {
  const text = cellText(column, row);
  if (isFirst) {
    const name = row.source === undefined ? text : html`<a href="#${row.source}">${text}</a>`;
    return html`<th scope="row">${name}</th>`;
  }
  return typeof row[column.key] === 'number' ? html`<td class="number">${text}</td>` : html`<td>${text}</td>`;
}

/** A table in HTML. The first cell of a row is its name, and links to its record. */
export const tableHtml = ({ columns, rows }: Table, caption: string): Markup =>
  html` <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(heading)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column, index) => cell(column, row, index === 0))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
