import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { readListText } from './label-list/text.ts';

export interface ClassList {
  readonly ids: readonly string[];
  readonly titles?: readonly string[];
  /** The number of each class, if a column before the ids numbers the classes from 0 or from 1. */
  readonly numbers?: readonly number[];
}

/**
 * Reads classes.tsv: one class per line, columns separated by tabs. The column that contains the folders of train gives the ids
 * and their order; the next column gives readable names. Undefined if the file does not exist.
 * @throws UserError exit code 65 if no column fits the folders.
 */
export function readClassList(folder: string, folders: readonly string[]): ClassList | undefined {
  const file = join(folder, 'classes.tsv');
  // A dangling link is an error: without the list, the classes would have another order.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  // A folder and the list may write the same name in two forms of Unicode.
  const folderOf = new Map(folders.map((name) => [name.normalize('NFC'), name]));
  const rows = readListText(file)
    .split('\n')
    .map((line) => line.trimEnd().split('\t'))
    .filter(([first]) => first !== undefined && first !== '' && !first.startsWith('#'))
    .map((row) => row.map((entry) => folderOf.get(entry.normalize('NFC')) ?? entry));
  if (rows.length === 0) throw dataError(`${file} has no classes: expected one class per line`);
  const known = new Set(folders);
  const [columns, body] = findIdColumns(rows, known);
  const [column, second] = columns;
  if (column === undefined) {
    const missing = rows.find((row) => !row.some((entry) => folders.includes(entry)));
    const train = join(folder, 'train');
    throw dataError(
      missing === undefined
        ? `${file} has no column with a folder of ${train} in every line`
        : `${file} has the line "${missing.join(' ')}", which has no folder of ${train}: add the folder or remove the line`,
    );
  }
  const ids = body.map((row) => row[column]!);
  if (second !== undefined && body.some((row) => row[second] !== row[column]))
    throw dataError(`${file} has two columns with folders of train, in different orders: remove one of them`);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw dataError(`${file} has the class ${twice} twice: remove one line`);
  const titles = body.map((row) => row[column + 1] ?? '');
  const numbers = findClassNumbers(body, column);
  return {
    ids,
    ...(titles.some((title) => title !== '') ? { titles } : {}),
    ...(numbers ? { numbers } : {}),
  };
}

/** The columns in which every entry is a folder, and the rows below the heading, if there is one. */
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

/** The entries of a column before the ids that numbers the classes from 0 or from 1. */
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
