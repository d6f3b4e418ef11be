import { formatCount } from '../../base/text/format.ts';
import { nameList } from '../../base/text/name-list.ts';
import type { PointsSource } from '../../trend/types.ts';
import { POINTS } from '../sources.ts';
import { html, type Markup } from './escape.ts';

const notRead = ({ columnsNotRead }: PointsSource): string =>
  columnsNotRead.length === 0 ? '' : `; columns that were not read: ${nameList(columnsNotRead)}`;

/** The files of points with their hashes. */
export const pointsRecord = (files: readonly PointsSource[]): Markup =>
  html` <details class="record">
    <summary><strong>Files of points</strong></summary>
    <div id="${POINTS}" tabindex="-1">
      <ul>
        ${files.map(
          (source) =>
            html`<li>
              <code>${source.file}</code>, ${formatCount(source.rows, 'row')}, sha256 ${source.sha256}${notRead(source)}
            </li>`,
        )}
      </ul>
      <p>The compute is that of the file, converted to teraflop/s-days.</p>
    </div>
  </details>`;
