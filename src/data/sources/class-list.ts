import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { statIfExists } from '../../base/files/stat.ts';
import { readListText } from './label-list/text.ts';

/** The classes of a dataset in their order. */
export interface ClassList {
  /** The names of the class folders. */
  readonly ids: readonly string[];
  /** Readable names, if there are any. */
  readonly titles?: readonly string[];
  /** The number of each class, if classes.tsv has a column of numbers. */
  readonly numbers?: readonly number[];
}

/**
 * Reads classes.tsv, in upper or lower case, or classes.txt: one class per line, columns separated by tabs. The column that contains
 * the folders of train gives the ids and their order; the next column gives readable names.
 * @param folders the class folders of train.
 * @returns undefined if there is no list.
 * @throws UserError exit code 65 if no column contains the folders in every line, a class occurs twice, two
 * classes have the same number, or there are two lists.
 */
export function readClassList(folder: string, folders: readonly string[]): ClassList | undefined {
  const name = findListName(folder, folders);
  if (name === undefined) return undefined;
  const file = join(folder, name);
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
  const numbers = findClassNumbers(file, body, column);
  return {
    ids,
    ...(titles.some((title) => title !== '') ? { titles } : {}),
    ...(numbers ? { numbers } : {}),
  };
}

/**
 * The name of the list. A classes.txt counts only if its lines are the folders: other programs have other files with this name.
 * @throws UserError exit code 65 if there are several lists.
 */
function findListName(folder: string, folders: readonly string[]): string | undefined {
  // Entries and not files: a dangling link is an error, because without the list the classes would have another order.
  const names = readdirSync(folder);
  const tables = names.filter((name) => name.toLowerCase() === 'classes.tsv');
  const texts = names.filter(
    (name) => name.toLowerCase() === 'classes.txt' && listsFolders(join(folder, name), folders),
  );
  const [first, second] = tables.length > 0 ? tables : texts;
  if (second !== undefined) throw dataError(`${folder} has ${first!} and ${second}: remove one of them`);
  return first;
}

function listsFolders(file: string, folders: readonly string[]): boolean {
  if (!statIfExists(file)?.isFile()) return false;
  const lines = readListText(file)
    .split('\n')
    .map((line) => line.trimEnd().normalize('NFC'));
  const listed = lines.filter((line) => line !== '');
  const known = new Set(folders.map((name) => name.normalize('NFC')));
  return listed.length === known.size && listed.every((line) => known.has(line));
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

/**
 * The numbers of the classes: whole numbers in a column before the ids; or after them, if they count the classes from 0 or from 1,
 * because a column after the ids may have other numbers.
 * @throws UserError exit code 65 if a column before the ids gives two classes the same number.
 */
function findClassNumbers(file: string, rows: readonly string[][], column: number): number[] | undefined {
  const width = Math.max(...rows.map((row) => row.length));
  for (let other = 0; other < width; other++) {
    if (other === column || !rows.every((row) => /^\d+$/.test(row[other] ?? ''))) continue;
    const numbers = rows.map((row) => Number(row[other]));
    const repeated = numbers.findIndex((number, i) => numbers.indexOf(number) < i);
    if (other > column && !(repeated < 0 && isCounting(numbers))) continue;
    if (repeated < 0) return numbers;
    const first = numbers.indexOf(numbers[repeated]!);
    throw dataError(
      `${file} gives ${rows[first]![column]} and ${rows[repeated]![column]} the same number ${numbers[repeated]}: ` +
        'give each class its own number, or remove the column',
    );
  }
  return undefined;
}

/** Whether different numbers count from 0 or from 1, in any order. */
function isCounting(numbers: readonly number[]): boolean {
  const smallest = Math.min(...numbers);
  return smallest <= 1 && Math.max(...numbers) === numbers.length - 1 + smallest;
}
