import type { parquetWriteBuffer as ParquetWriteBuffer } from 'hyparquet-writer';
import { dataError } from '../../base/errors.ts';
import type { Cell } from '../../base/text/table.ts';
import type { ColumnType, FlatTable } from './tables.ts';

/** A table as a JSON array with one object per row. */
export const toJson = ({ names, rows }: FlatTable): string =>
  `${JSON.stringify(
    rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
    null,
    1,
  )}\n`;

type SchemaElement = NonNullable<Parameters<typeof ParquetWriteBuffer>[0]['schema']>[number];

/** How a type of column is stored in Parquet. */
interface ParquetType {
  /** The column in the file's schema (parquet-format's LogicalTypes.md). */
  readonly element: Omit<SchemaElement, 'name'>;
  /** A cell as hyparquet-writer takes it; undefined if it does not have the type. */
  readonly convert: (cell: Exclude<Cell, null>) => unknown;
}

const parseTime = (cell: Cell): number => (typeof cell === 'string' ? Date.parse(cell) : NaN);
const isInt64 = (cell: Cell): cell is number =>
  typeof cell === 'number' && Number.isInteger(cell) && Math.abs(cell) < 2 ** 63;

const parquetTypes: Readonly<Record<ColumnType, ParquetType>> = {
  text: {
    element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
    convert: (cell) => (typeof cell === 'string' ? cell : undefined),
  },
  integer: {
    element: { type: 'INT64' },
    convert: (cell) => (isInt64(cell) ? BigInt(cell) : undefined),
  },
  number: {
    element: { type: 'DOUBLE' },
    convert: (cell) => (typeof cell === 'number' ? cell : undefined),
  },
  boolean: {
    element: { type: 'BOOLEAN' },
    convert: (cell) => (typeof cell === 'boolean' ? cell : undefined),
  },
  date: {
    element: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
    convert: (cell) => (Number.isNaN(parseTime(cell)) ? undefined : new Date(parseTime(cell))),
  },
  time: {
    element: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MILLIS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    },
    convert: (cell) => (Number.isNaN(parseTime(cell)) ? undefined : new Date(parseTime(cell))),
  },
};

/** @throws UserError exit code 65 as `toParquet`. */
function parquetColumn({ names, types, rows }: FlatTable, index: number) {
  const [name, type] = [names[index]!, types[index]!];
  const { convert } = parquetTypes[type];
  const data = rows.map((row) => {
    const cell = row[index] ?? null;
    if (cell === null) return null;
    const value = convert(cell);
    if (value === undefined) throw dataError(`column ${name} has ${JSON.stringify(cell)}, expected ${type} (Parquet)`);
    return value;
  });
  return { name, data };
}

/**
 * A table as a Parquet file (snappy pages, one row group) for pandas, DuckDB or polars. A column's type does not depend on its
 * values, so several files of one table can be read together.
 * @throws UserError exit code 65 if a value does not have the type of its column.
 */
export async function toParquet(table: FlatTable): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const schema: SchemaElement[] = [
    { name: 'root', num_children: table.names.length },
    ...table.names.map((name, i) => ({
      ...parquetTypes[table.types[i]!].element,
      name,
      repetition_type: 'OPTIONAL' as const,
    })),
  ];
  const columnData = table.names.map((_, i) => parquetColumn(table, i));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}
