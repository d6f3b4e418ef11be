import type { Cell } from './table.ts';

/**
 * The start of a formula in a spreadsheet: one of four signs, also in full width, after any blanks, line breaks and invisible
 * characters. A tab or line break at the start counts too (OWASP, CSV injection).
 */
const FORMULA = /^(?:[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|[\t\r\n])/u;

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Formats a table as CSV (RFC 4180): a header line, CRLF, quotes if needed, numbers with all digits, null as an empty cell. */
export const toCsv = (names: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

export interface CsvRow {
  /** The line where the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Matches a cell, in quotes or without, and the separator or line break after it. */
const cellPattern = (separator: string): RegExp =>
  new RegExp(`(?:"((?:[^"]|"")*)"|(?!")([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'y');

type Separator = ',' | ';' | '\t';

/**
 * Parses CSV text (RFC 4180). Leaves out empty lines. Undefined if a quote is not closed, or if text follows a closing quote.
 * @param separator some spreadsheets separate cells by semicolons or tabs.
 */
export function parseCsv(text: string, separator: Separator = ','): CsvRow[] | undefined {
  const parsed = parse(text, separator);
  return 'rows' in parsed ? parsed.rows : undefined;
}

/** What is wrong with text that `parseCsv` does not parse, and the line where the wrong cell begins. */
export function describeCsvProblem(text: string, separator: Separator = ','): { line: number; problem: string } {
  const parsed = parse(text, separator);
  const line = 'rows' in parsed ? 1 : parsed.wrongLine;
  return { line, problem: 'is not valid CSV: a quote is not closed, or text follows a closing quote' };
}

function parse(text: string, separator: Separator): { rows: CsvRow[] } | { wrongLine: number } {
  const pattern = cellPattern(separator);
  const rows: CsvRow[] = [];
  let [line, start, at] = [1, 1, 0];
  let cells: string[] = [];
  while (at < text.length || cells.length > 0) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return { wrongLine: line };
    const [all, quoted, plain, end] = match;
    cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    line += all.split('\n').length - 1;
    at = pattern.lastIndex;
    if (end === separator) continue;
    if (cells.some((cell) => cell !== '')) rows.push({ line: start, cells });
    [cells, start] = [[], line];
  }
  return { rows };
}
