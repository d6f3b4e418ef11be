import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { formatTable, type Cell } from '../../src/base/text/table.ts';

/** A Markdown table; columns that begin with `>` are aligned to the right. */
export const table = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  formatTable(
    columns.map((name) => (name.startsWith('>') ? { name: name.slice(1), align: 'right' } : { name })),
    rows,
    'markdown',
  );

/** A part of a page that a command generates. */
export interface Region {
  readonly name: string;
  /** The command that writes it, which its first mark names. */
  readonly command: string;
  readonly text: string;
}

/** A page with other text between the marks of a region. @throws Error if the page lacks the marks. */
export function withRegion(page: string, { name, command, text }: Region): string {
  const [begin, end] = [`<!-- begin ${name}: ${command} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected "${begin}" and then "${end}" in the page`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** The formatted text of a Markdown file with new regions. @throws Error if the file lacks the marks of one. */
export async function fileWithRegions(file: string, regions: readonly Region[]): Promise<string> {
  const page = regions.reduce(withRegion, readFileSync(file, 'utf8'));
  return format(page, { ...(await resolveConfig(file)), filepath: file });
}
