import { toCsv } from '../base/text/csv.ts';

/** The value of a cell; null means "not measured" and is left empty in the CSV. */
export type Cell = string | number | null;

/** A column of a table. */
export interface Column {
  /** The key of its cells in a row, and its name in the CSV. */
  readonly key: string;
  /** The column's heading. */
  readonly label: string;
  /** The unit; it is added to the heading, and to the column's name in the CSV. */
  readonly unit?: string;
  /** Formats a number; text is shown unchanged. */
  readonly show?: (value: number) => string;
}

/** A row of a table: a cell for the key of each column. */
export interface Row {
  readonly [key: string]: Cell | undefined;
  /** The anchor of the record that explains this row. */
  readonly source?: string;
}

/** A table of the report. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** The text of a cell; `–` if it has no value. */
export function cellText(column: Column, row: Row): string {
  const value = row[column.key] ?? null;
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return (column.show ?? String)(value);
}

const csvName = ({ key, unit }: Column): string =>
  unit === undefined ? key : `${key}_${unit.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;

/** The table as CSV, with full precision and the units in the names of the columns. */
export const tableCsv = ({ columns, rows }: Table): string =>
  toCsv(
    columns.map(csvName),
    rows.map((row) => columns.map(({ key }) => row[key] ?? null)),
  );
