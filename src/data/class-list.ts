import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../base/errors.ts';
import { readList } from './file.ts';

export interface ClassList {
  readonly ids: readonly string[];
  readonly titles?: readonly string[];
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
  const rows = readList(file)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => line.trimEnd().split('\t'))
    .filter(([first]) => first !== undefined && first !== '' && !first.startsWith('#'));
  if (rows.length === 0) throw dataError(`${file} names no class`);
  const column =
    columnOfIds(rows, new Set(folders)) ?? columnOfIds(rows.slice(1), new Set(folders));
  if (column === undefined) {
    const missing = rows.find((row) => !row.some((entry) => folders.includes(entry)));
    const train = join(folder, 'train');
    throw dataError(
      missing === undefined
        ? `${file} has no column that names a folder of ${train} in every line`
        : `${file} has the line "${missing.join(' ')}", which names no folder of ${train}`,
    );
  }
  const known = rows.filter((row) => folders.includes(row[column]!));
  const ids = known.map((row) => row[column]!);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw dataError(`${file} names the class ${twice} twice`);
  const titles = known.map((row) => row[column + 1] ?? '');
  return titles.some((title) => title !== '') ? { ids, titles } : { ids };
}

/** The first column all of whose entries are folders. */
function columnOfIds(rows: readonly string[][], folders: ReadonlySet<string>): number | undefined {
  if (rows.length === 0) return undefined;
  return [0, 1, 2].find((column) => rows.every((row) => folders.has(row[column] ?? '')));
}
