import type { Cell } from '../../base/table.ts';
import type { FlatTable } from './tables.ts';

/** A table as an array of objects, one a row. */
export const toJson = ({ names, rows }: FlatTable): string =>
  `${JSON.stringify(
    rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
    null,
    1,
  )}\n`;

type ParquetType = 'BOOLEAN' | 'DOUBLE' | 'STRING';

/** One type a column; a column without any value is text. Numbers are doubles, so that a total never overflows. */
function parquetType(cells: readonly Cell[]): ParquetType {
  const known = cells.find((cell) => cell !== null);
  if (typeof known === 'number') return 'DOUBLE';
  return typeof known === 'boolean' ? 'BOOLEAN' : 'STRING';
}

/** A table as a Parquet file (snappy pages, one row group): for pandas, DuckDB, polars. */
export async function toParquet({ names, rows }: FlatTable): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = names.map((name, i) => {
    const data = rows.map((row) => row[i] ?? null);
    return { name, data, type: parquetType(data), nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
