import type { Cell } from './table.ts';

/** Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection). */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180: a heading line, CRLF, quotes where needed; numbers with full precision, null as an empty cell. */
export const toCsv = (names: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
