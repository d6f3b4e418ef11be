import { extremes } from '../numbers/extremes.ts';
import { printable } from './printable.ts';

/** A cell of a table. Null is an empty cell in files, and a dash in text for users. */
export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

export type TableFormat = 'text' | 'markdown';

const shown = (cell: Cell): string => (cell === null ? '–' : printable(String(cell)));

const markdownCell = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;');

const width = (text: string): number => Array.from(text).length;

const pad = (text: string, size: number, align: Column['align']): string => {
  const space = ' '.repeat(Math.max(0, size - width(text)));
  return align === 'right' ? space + text : text + space;
};

/** Formats a table for a terminal or in GitHub's Markdown. The text ends with a line break. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  format: TableFormat = 'text',
): string {
  const escape = format === 'markdown' ? markdownCell : (text: string) => text;
  const cells = rows.map((row) => row.map((cell) => escape(shown(cell))));
  const sizes = columns.map(({ name }, i) => extremes([width(name), ...cells.map((row) => width(row[i] ?? ''))])[1]);
  const line = (texts: readonly string[]): string[] =>
    columns.map(({ align }, i) => pad(texts[i] ?? '', sizes[i] ?? 0, align));
  const heading = line(columns.map(({ name }) => name));
  if (format === 'text') return [heading, ...cells.map(line)].map((row) => `${row.join('  ').trimEnd()}\n`).join('');
  const rule = columns.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat((sizes[i] ?? 3) - 1)}:` : '-'.repeat(sizes[i] ?? 3),
  );
  return [heading, rule, ...cells.map(line)].map((row) => `| ${row.join(' | ')} |\n`).join('');
}
