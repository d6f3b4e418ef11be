import { toCsv } from '../base/csv.ts';

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

const csvName = ({ key, unit }: Column): string =>
  unit === undefined ? key : `${key}_${unit.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;

/** The whole table with full precision and units in the columns' names. */
export const tableCsv = ({ columns, rows }: Table): string =>
  toCsv(
    columns.map(csvName),
    rows.map((row) => columns.map(({ key }) => row[key] ?? null)),
  );
