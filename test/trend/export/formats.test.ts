import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv, toCsv } from '../../../src/base/text/csv.ts';
import { UserError } from '../../../src/base/errors.ts';
import { toJson, toParquet } from '../../../src/trend/export/formats.ts';
import {
  type ColumnType,
  curveTable,
  type FlatTable,
  measurementTable,
  pointTable,
} from '../../../src/trend/export/tables.ts';
import { composeTrend } from '../../../src/trend/trend.ts';
import { makeMeasurement } from '../../support/measurements.ts';
import { bufferOf, parquetRows } from '../../support/parquet.ts';
import { runPython, whyNoPython } from '../../support/python.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-parquet-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stored = (...made: Parameters<typeof makeMeasurement>) => ({
  measurement: makeMeasurement(...made),
  file: 'a.json',
});
/** A measurement with energy, price and a crossing, and one without them. */
const full = stored({ gpu: true });
const bare = stored({ seed: 1, level: null });

/** Each column's physical and logical type. */
async function typesIn(table: FlatTable): Promise<Record<string, string>> {
  const [, ...columns] = parquetMetadata(bufferOf(await toParquet(table))).schema;
  return Object.fromEntries(
    columns.map(({ name, type, logical_type: logical }) => [
      name,
      [type, logical?.type].filter((part) => part !== undefined).join(' '),
    ]),
  );
}

const expected: Readonly<Record<ColumnType, string>> = {
  text: 'BYTE_ARRAY STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'INT32 DATE',
  time: 'INT64 TIMESTAMP',
};

const tables: [string, FlatTable, FlatTable][] = [
  ['measurements', measurementTable([full]), measurementTable([bare])],
  ['curves', curveTable([full]), curveTable([])],
  [
    'points',
    pointTable(composeTrend([full.measurement], { levels: 'own', published: false }).levels),
    pointTable(composeTrend([], { levels: 'own', published: true }).levels),
  ],
];

describe.each(tables)('Parquet of %s', (_, one, other) => {
  it('has the types of its columns, with and without values', async () => {
    const wanted = Object.fromEntries(one.names.map((name, i) => [name, expected[one.types[i]!]]));
    expect(await typesIn(one)).toEqual(wanted);
    expect(await typesIn(other)).toEqual(wanted);
    expect(await typesIn({ ...one, rows: [] })).toEqual(wanted);
  });

  it('has the values of the JSON export', async () => {
    const rows = await parquetRows(await toParquet(one));
    expect(rows).toHaveLength(one.rows.length);
    expect(rows).toEqual(JSON.parse(toJson(one)));
  });

  it('has the values of the CSV export', async () => {
    const [head, ...lines] = parseCsv(toCsv(one.names, one.rows))!;
    const rows = await parquetRows(await toParquet(one));
    expect(head!.cells).toEqual(Object.keys(rows[0]!));
    expect(lines.map(({ cells }) => cells)).toEqual(
      rows.map((row) => Object.values(row).map((value) => JSON.stringify(value ?? '').replaceAll('"', ''))),
    );
  });
});

it('times are milliseconds in UTC', async () => {
  const { schema } = parquetMetadata(bufferOf(await toParquet(measurementTable([]))));
  const time = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' };
  expect(schema.find(({ name }) => name === 'started_at')).toMatchObject({ logical_type: time });
});

const tableOf = (type: ColumnType, ...cells: (string | number | null)[]): FlatTable => ({
  names: ['a'],
  types: [type],
  rows: cells.map((cell) => [cell]),
});

it('an integer beyond 2^53 keeps its value', async () => {
  const bytes = await toParquet(tableOf('integer', 2 ** 62, -(2 ** 62), null, 0));
  const rows = await parquetReadObjects({ file: bufferOf(bytes) });
  expect(rows.map(({ a }) => a as bigint | null)).toEqual([2n ** 62n, -(2n ** 62n), null, 0n]);
});

it.each([
  ['integer', 0.5],
  ['integer', 2 ** 63],
  ['date', 'yesterday'],
  ['time', 3],
  ['text', 3],
] as const)('a value that is not of type %s (%s) is refused with its column', async (type, cell) => {
  const error = await toParquet(tableOf(type, cell)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ exitCode: 65 });
  expect((error as UserError).message).toContain(`column a has ${JSON.stringify(cell)}, expected ${type}`);
});

const why = whyNoPython('pyarrow', 'polars', 'duckdb');
const title = 'pyarrow, polars and DuckDB';

describe.skipIf(why !== undefined)(why ? `${title} (skipped: ${why})` : title, () => {
  interface Read {
    types: Record<string, string>;
    rows: Record<string, unknown>[];
  }

  it.each(tables)('read two files of %s as one', async (name, one, other) => {
    const files = [`${name}-1.parquet`, `${name}-2.parquet`].map((file) => join(folder, file));
    writeFileSync(files[0]!, await toParquet(one));
    writeFileSync(files[1]!, await toParquet(other));
    const read = runPython('read-parquet.py', ...files) as Record<string, Read>;
    const rows = [...one.rows, ...other.rows];
    for (const { rows: got } of Object.values(read)) {
      expect(got).toHaveLength(rows.length);
      expect(got).toEqual(read['pyarrow']!.rows);
    }
    const first = one.names[0]!;
    expect(read['duckdb']!.rows.map((row) => row[first])).toEqual(rows.map(([cell]) => cell));
  });

  it('recognize numbers, days and times by their types', async () => {
    const files = [join(folder, 'full.parquet'), join(folder, 'bare.parquet')];
    writeFileSync(files[0]!, await toParquet(measurementTable([full])));
    writeFileSync(files[1]!, await toParquet(measurementTable([bare])));
    const read = runPython('read-parquet.py', ...files) as Record<string, Read>;
    const names = ['seed', 'energy_joules', 'published_date', 'started_at', 'level_anchor'];
    const types = (reader: string) => names.map((name) => read[reader]!.types[name]);
    expect(types('pyarrow')).toEqual(['int64', 'double', 'date32[day]', 'timestamp[ms, tz=UTC]', 'string']);
    expect(types('polars')).toEqual([
      'Int64',
      'Float64',
      'Date',
      "Datetime(time_unit='ms', time_zone='UTC')",
      'String',
    ]);
    expect(types('duckdb')).toEqual(['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP WITH TIME ZONE', 'VARCHAR']);
    const [row, without] = read['pyarrow']!.rows;
    expect(row!['energy_joules']).toBe(full.measurement.totals.energyJoules);
    expect(without!['energy_joules']).toBeNull();
    const started = full.measurement.environment.startedAt;
    expect(Date.parse(String(row!['started_at']))).toBe(Date.parse(started));
  });
});
