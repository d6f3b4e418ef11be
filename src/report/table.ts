/** What a cell can hold; null is "not measured" and stays empty. */
export type Cell = string | number | null;

export interface Column {
  readonly key: string;
  /** The heading people read. */
  readonly label: string;
  /** Belongs to the heading, and to the column's name in the CSV. */
  readonly unit?: string;
  /** How a number is shown; text stays as it is. */
  readonly show?: (value: number) => string;
}

export interface Row {
  readonly [key: string]: Cell | undefined;
  /** The page's anchor that tells how this row's numbers came to be. */
  readonly source?: string;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** A cell as people read it: `–` where there is none. */
export function cellText(column: Column, row: Row): string {
  const value = row[column.key] ?? null;
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return (column.show ?? String)(value);
}

/** Text that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, CSV injection). */
function csvCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csvName = ({ key, unit }: Column): string =>
  unit === undefined ? key : `${key}_${unit.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;

/** RFC 4180, with full precision and units in the columns' names. */
export function toCsv({ columns, rows }: Table): string {
  const lines = rows.map((row) => columns.map(({ key }) => csvCell(row[key])).join(','));
  return [columns.map((column) => csvCell(csvName(column))).join(','), ...lines, ''].join('\r\n');
}
