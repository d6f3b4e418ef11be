import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { lstatIfExists } from '../../base/stat.ts';
import { readListText } from './label-list/text.ts';

/** The classes of a dataset in their order. */
export interface ClassList {
  /** The names of the class folders. */
  readonly ids: readonly string[];
  /** Readable names, if there are any. */
  readonly titles?: readonly string[];
  /** The number of each class, if classes.tsv has a column before the ids that numbers the classes from 0 or from 1. */
  readonly numbers?: readonly number[];
}

/**
 * Reads classes.tsv: one class per line, columns separated by tabs. The column that contains the folders of train gives the
 * ids and their order; the next column gives readable names.
 * @param folders the class folders of train.
 * @returns undefined if the file does not exist.
 * @throws UserError exit code 65 if no column contains the folders in every line, or a class occurs twice.
 */
export function readClassList(folder: string, folders: readonly string[]): ClassList | undefined {
  const file = join(folder, 'classes.tsv');
  // A dangling link is an error, because without the list the classes would have another order.
  if (lstatIfExists(file) === undefined) return undefined;
  // The folders and the list may write the same name in two forms of Unicode.
  const folderByName = new Map(folders.map((name) => [name.normalize('NFC'), name]));
  const rows = readListText(file)
    .split('\n')
    .map((line) => line.trimEnd().split('\t'))
    .filter(([first]) => first !== undefined && first !== '' && !first.startsWith('#'))
    .map((row) => row.map((entry) => folderByName.get(entry.normalize('NFC')) ?? entry));
  if (rows.length === 0) throw dataError(`${file} has no classes: expected one class per line`);
  const [columns, body] = findIdColumns(rows, new Set(folders));
  const [column, second] = columns;
  if (column === undefined) {
    const missing = rows.find((row) => !row.some((entry) => folders.includes(entry)));
    const train = join(folder, 'train');
    throw dataError(
      missing === undefined
        ? `${file} has no column with a folder of ${train} in every line: expected the name of a class folder in each line`
        : `${file} has the line "${missing.join(' ')}", which has no folder of ${train}: add the folder or remove the line`,
    );
  }
  const ids = body.map((row) => row[column]!);
  if (second !== undefined && body.some((row) => row[second] !== row[column]))
    throw dataError(`${file} has two columns with folders of train, in different orders: remove one of them`);
  const duplicate = ids.find((id, i) => ids.indexOf(id) !== i);
  if (duplicate !== undefined) throw dataError(`${file} has the class ${duplicate} twice: remove one line`);
  const titles = body.map((row) => row[column + 1] ?? '');
  const numbers = findClassNumbers(body, column);
  return {
    ids,
    ...(titles.some((title) => title !== '') ? { titles } : {}),
    ...(numbers ? { numbers } : {}),
  };
}

/** The columns in which every entry is a folder, and the rows without a heading. */
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

/** The numbers in a column before the ids, if they number the classes from 0 or from 1. */
function findClassNumbers(rows: readonly string[][], column: number): number[] | undefined {
  for (let before = 0; before < column; before++) {
    const numbers = rows.map((row) => (/^\d+$/.test(row[before]!) ? Number(row[before]) : NaN));
    const smallest = Math.min(...numbers);
    const isPermutation =
      (smallest === 0 || smallest === 1) &&
      new Set(numbers).size === rows.length &&
      Math.max(...numbers) === rows.length - 1 + smallest;
    if (isPermutation) return numbers;
  }
  return undefined;
}
