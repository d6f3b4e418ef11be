import { parquetReadObjects } from 'hyparquet';

export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

/** The rows of a Parquet file with the types of JSON: int64 as numbers, times as ISO 8601, `_date` columns as days. */
export async function parquetRows(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const rows = await parquetReadObjects({ file: bufferOf(bytes) });
  const plain = (name: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return Number(value);
    if (!(value instanceof Date)) return value;
    return value.toISOString().slice(0, name.endsWith('_date') ? 10 : undefined);
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(name, value)])));
}
