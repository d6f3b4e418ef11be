import { lstatSync, readdirSync, type Dirent, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, systemCodeOf, UserError } from '../errors.ts';
import { isNulInPath } from '../system/system-error.ts';

function ifExists(stat: () => Stats | undefined): Stats | undefined {
  try {
    return stat();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOTDIR' || isNulInPath(error)) return undefined;
    throw error;
  }
}

/**
 * The kind, size and times of a file or folder. Follows links. Undefined if it does not exist, also because a part of its path is a
 * file or has a NUL character.
 * @throws the system's error if that cannot be determined.
 */
export const statIfExists = (path: string): Stats | undefined =>
  ifExists(() => statSync(path, { throwIfNoEntry: false }));

/** The same as `statIfExists`, of a link itself. */
export const lstatIfExists = (path: string): Stats | undefined =>
  ifExists(() => lstatSync(path, { throwIfNoEntry: false }));

/** Whether a path exists. Follows links. @throws the system's error if that cannot be determined. */
export const pathExists = (path: string): boolean => statIfExists(path) !== undefined;

/** Whether a folder exists. Follows links. @throws UserError exit code 66 if there is a file in its place. */
export function folderExists(path: string): boolean {
  const stat = statIfExists(path);
  if (stat?.isDirectory() === false)
    throw new UserError(`${path} is a file, expected a folder: rename or remove the file`, ExitCode.noInput);
  return stat !== undefined;
}

/** Whether an entry of a folder is a folder, or a link to one. A link that leads nowhere or in a circle is none. */
export function isFolderEntry(entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(entry.parentPath, entry.name)).isDirectory();
  } catch {
    return false;
  }
}

/** The names of the folders in a folder, also of links to folders; none if the folder does not exist. @throws as `folderExists`. */
export const listFolders = (path: string): string[] =>
  folderExists(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter(isFolderEntry)
        .map(({ name }) => name)
    : [];
