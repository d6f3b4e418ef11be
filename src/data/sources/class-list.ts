import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { readListText } from './label-list/text.ts';

export interface ClassList {
  readonly ids: readonly string[];
  readonly titles?: readonly string[];
  /** Where a column before the ids numbers the classes, from 0 or from 1: the number of each. */
  readonly numbers?: readonly number[];
}

/**
 * classes.tsv: a class a line, columns with tabs between. The column whose entries are folders of train gives the ids and
 * their order, the column after it what people call them. Undefined where there is no such file.
 * @throws UserError exit code 65 when no column fits the folders.
 */
export function readClassList(folder: string, folders: readonly string[]): ClassList | undefined {
  const file = join(folder, 'classes.tsv');
  // A link to nothing is a list that is missing, not none: without it the classes would have another order.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  // A folder's name and a list may write the same letters in two forms of Unicode.
  const folderOf = new Map(folders.map((name) => [name.normalize('NFC'), name]));
  const rows = readListText(file)
    .split('\n')
    .map((line) => line.trimEnd().split('\t'))
    .filter(([first]) => first !== undefined && first !== '' && !first.startsWith('#'))
    .map((row) => row.map((entry) => folderOf.get(entry.normalize('NFC')) ?? entry));
  if (rows.length === 0) throw dataError(`${file} names no class`);
  const known = new Set(folders);
  const [columns, body] = findIdColumns(rows, known);
  const [column, second] = columns;
  if (column === undefined) {
    const missing = rows.find((row) => !row.some((entry) => folders.includes(entry)));
    const train = join(folder, 'train');
    throw dataError(
      missing === undefined
        ? `${file} has no column that names a folder of ${train} in every line`
        : `${file} has the line "${missing.join(' ')}", which names no folder of ${train}`,
    );
  }
  const ids = body.map((row) => row[column]!);
  if (second !== undefined && body.some((row) => row[second] !== row[column]))
    throw dataError(`${file} has two columns that name folders of train, in different orders: leave one of them`);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw dataError(`${file} names the class ${twice} twice`);
  const titles = body.map((row) => row[column + 1] ?? '');
  const numbers = findClassNumbers(body, column);
  return {
    ids,
    ...(titles.some((title) => title !== '') ? { titles } : {}),
    ...(numbers ? { numbers } : {}),
  };
}

/** The columns all of whose entries are folders, and the rows below the heading, where there is one. */
function findIdColumns(
  rows: readonly string[][],
  folders: ReadonlySet<string>,
): [columns: number[], body: readonly string[][]] {
  for (const body of [rows, rows.slice(1)]) {
    const columns = [0, 1, 2].filter((column) => body.every((row) => folders.has(row[column] ?? '')));
    if (body.length > 0 && columns.length > 0) return [columns, body];
  }
  return [[], rows];
}

/** A column before the ids that counts every class once, from 0 or from 1. */
function findClassNumbers(rows: readonly string[][], column: number): number[] | undefined {
  for (let before = 0; before < column; before++) {
    const numbers = rows.map((row) => (/^\d+$/.test(row[before]!) ? Number(row[before]) : NaN));
    const least = Math.min(...numbers);
    const isPermutation =
      (least === 0 || least === 1) &&
      new Set(numbers).size === rows.length &&
      Math.max(...numbers) === rows.length - 1 + least;
    if (isPermutation) return numbers;
  }
  return undefined;
}
