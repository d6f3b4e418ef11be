import { basename, extname } from 'node:path';
import { describeCsvProblem, parseCsv, type CsvRow } from '../../base/text/csv.ts';
import { dataError, type UserError } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { sha256Of } from '../../base/files/hash.ts';
import { shortName } from '../../base/text/name-list.ts';
import { readBytes } from '../../base/files/read-file.ts';
import { findNotUtf8 } from '../../base/text/utf8.ts';
import { NUMBERS } from '../../results/limits.ts';
import { readAmount, readDay, readName, readSeed, type CellResult } from './cells.ts';
import { countKnown, findColumns, type ColumnName, type Columns } from './columns.ts';
import { findUnit } from './units.ts';

/** One line of a file of points. */
export interface PointRow {
  /** The line in the file, from 1. */
  readonly line: number;
  readonly level: string;
  readonly name: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** Infinite for a seed that missed the level. */
  readonly teraflopSecondDays: number;
  readonly seed: number | null;
}

/** The content of a file of points. */
export interface PointsFile {
  readonly file: string;
  /** The sha256 of the file, in hex. */
  readonly sha256: string;
  readonly rows: readonly PointRow[];
  /** Headings of columns that are not read. */
  readonly columnsNotRead: readonly string[];
}

const MAX_BYTES = 16_000_000;
const MAX_ROWS = 100_000;

/** The text of a file without its byte order mark. @throws UserError exit code 65 if it is not UTF-8. */
function decode(file: string, bytes: Buffer): string {
  const problem = findNotUtf8(file, bytes);
  if (problem !== undefined) throw dataError(`${problem}: save it as "CSV UTF-8"`);
  return new TextDecoder('utf-8').decode(bytes);
}

const SEPARATORS = [',', ';', '\t'] as const;

/** The rows, split by the separator that gives the most known columns; by commas if none gives any. CR alone ends a line too. */
function parseRows(file: string, text: string): { rows: readonly CsvRow[]; separator: string } {
  const lines = text.includes('\n') ? text : text.replaceAll('\r', '\n');
  const readings = SEPARATORS.map((separator) => parseCsv(lines, separator));
  const known = readings.map((rows) => (rows?.[0] ? countKnown(rows[0].cells) : -1));
  const best = known.indexOf(Math.max(...known));
  const rows = readings[best];
  if (rows === undefined) {
    const { line, problem } = describeCsvProblem(lines, SEPARATORS[best]);
    throw dataError(`${file}:${line}: ${problem}`);
  }
  if (rows.length > MAX_ROWS + 1)
    throw dataError(`${file} has ${rows.length - 1} rows, expected at most ${MAX_ROWS}: split the file`);
  return { rows, separator: SEPARATORS[best]! };
}

/** Reads the rows of one file. */
class RowReader {
  readonly #file: string;
  readonly #columns: Columns;
  readonly #fallbackLevel: string;
  /** Tables with semicolons or tabs may come from countries where a point separates thousands. Commas separate no cells there. */
  readonly #mayGroup: boolean;

  constructor(file: string, columns: Columns, separator: string) {
    this.#file = file;
    this.#columns = columns;
    this.#mayGroup = separator !== ',';
    this.#fallbackLevel = basename(file, extname(file));
  }

  #refuse({ line }: CsvRow, problem: string): UserError {
    return dataError(`${this.#file}:${line}: ${problem}`);
  }

  /** The value of a cell. @throws UserError exit code 65 with file, line, column and text. */
  #cell<T>(row: CsvRow, column: ColumnName, read: (text: string) => CellResult<T>): T {
    const text = (row.cells[this.#columns.at[column]!] ?? '').trim();
    const result = read(text);
    if ('value' in result) return result.value;
    throw this.#refuse(row, `${column} is ${text === '' ? 'empty' : `"${shortName(text)}"`}, ${result.problem}`);
  }

  #has = (column: ColumnName): boolean => this.#columns.at[column] !== undefined;

  /** The compute of a row in teraflop/s-days. */
  #compute(row: CsvRow): number {
    const amount = this.#cell(row, 'compute', (text) =>
      readAmount(text, { withSeeds: this.#has('seed'), mayGroup: this.#mayGroup }),
    );
    const headerUnit = this.#columns.unit;
    const convert = this.#cell(row, this.#has('unit') ? 'unit' : 'compute', (text) => {
      const unit = findUnit(headerUnit ?? text);
      return typeof unit === 'function' ? { value: unit } : { problem: unit.reason };
    });
    const compute = convert(amount);
    const isInRange = compute >= NUMBERS.min && compute <= NUMBERS.max;
    if (Number.isFinite(amount) && !isInRange)
      throw this.#refuse(
        row,
        `compute is ${compute} teraflop/s-days, expected a number from ${NUMBERS.min} to ${NUMBERS.max}`,
      );
    return compute;
  }

  row(row: CsvRow, width: number): PointRow {
    if (row.cells.length !== width)
      throw this.#refuse(
        row,
        `has ${formatCount(row.cells.length, 'cell')}, expected ${width} as in the header; put text with a separator in quotes`,
      );
    return {
      line: row.line,
      level: this.#has('level') ? this.#cell(row, 'level', readName) : this.#fallbackLevel,
      name: this.#cell(row, 'name', readName),
      published: this.#cell(row, 'published', (text) => readDay(text, this.#columns.isMonthFirst)),
      teraflopSecondDays: this.#compute(row),
      seed: this.#has('seed') ? this.#cell(row, 'seed', readSeed) : null,
    };
  }
}

/**
 * Reads a CSV file of points: the columns name, published, compute and unit, and optionally level and seed, in any order; or
 * the public tracker's efficiency_sota.csv. Cells are separated by commas, semicolons or tabs; compute is converted to
 * teraflop/s-days.
 * @throws UserError exit code 65 with file, line and column for text that is invalid or has two readings; 66 and others if the
 * file cannot be read.
 */
export function readPoints(file: string): PointsFile {
  const bytes = readBytes(file, { maxBytes: MAX_BYTES });
  const { rows, separator } = parseRows(file, decode(file, bytes));
  const [header, ...body] = rows;
  if (header === undefined)
    throw dataError(`${file} is empty: expected a header line with name, published, compute and unit`);
  const columns = findColumns(header.cells);
  if ('problem' in columns) throw dataError(`${file}:${header.line}: ${columns.problem}`);
  if (body.length === 0) throw dataError(`${file} has a header line and no rows: expected one row per network`);
  const reader = new RowReader(file, columns, separator);
  return {
    file,
    sha256: sha256Of(bytes),
    rows: body.map((row) => reader.row(row, header.cells.length)),
    columnsNotRead: columns.notRead,
  };
}
