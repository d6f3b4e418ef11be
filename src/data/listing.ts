import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { dataError, messageOf, systemCodeOf } from '../base/errors.ts';
import { isGarbled, NOT_UTF8 } from './file.ts';

/** A picture file; its path is relative to the data set's folder. */
export interface PictureFile {
  readonly path: string;
  /** -1 where it cannot be looked at: who reads it will say why. */
  readonly bytes: number;
}

/** File names that are taken for pictures, in upper and lower case. */
const PICTURE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|dib|p[bgpn]m)$/i;

/** A folder's entries in the order of their names, hidden ones left out. */
function entriesOf(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOTDIR') throw dataError(`${folder} is a file, expected a folder`, error);
    const denied = code === 'EACCES' || code === 'EPERM';
    const garbled = code === 'ENOENT' && isGarbled(folder);
    const reason = denied ? 'permission denied' : garbled ? NOT_UTF8 : messageOf(error);
    throw dataError(`cannot read the folder ${folder}: ${reason}`, error);
  }
}

/** What a link leads to counts; one that leads nowhere, or round in circles, is no folder. */
function isFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(folder, entry.name)).isDirectory();
  } catch {
    return false;
  }
}

/** The names of the folders in a folder, sorted. */
export const subfolders = (folder: string): string[] =>
  entriesOf(folder)
    .filter((entry) => isFolder(folder, entry))
    .map(({ name }) => name);

/**
 * Every picture below a folder of the data set, at any depth, in the order of their paths.
 * @throws UserError exit code 65 naming a folder that cannot be read, or a link to a folder that holds it.
 */
export function picturesBelow(folder: string, below: string): PictureFile[] {
  const parents = below.split('/').slice(0, -1);
  const above = parents.map((_, i) => identityOf(join(folder, ...parents.slice(0, i + 1))));
  return walk(folder, below, [identityOf(folder), ...above]);
}

function identityOf(folder: string): string {
  const { dev, ino } = statSync(folder);
  return `${dev} ${ino}`;
}

/** `above` are the identities of the folders that this one lies in. */
function walk(folder: string, below: string, above: readonly string[]): PictureFile[] {
  const here = join(folder, below);
  const entries = entriesOf(here);
  const chain = [...above, identityOf(here)];
  if (above.includes(chain.at(-1)!)) {
    throw dataError(`${here} is a link to a folder that it lies in: it would never end`);
  }
  return entries.flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (isFolder(here, entry)) return walk(folder, path, chain);
    return PICTURE.test(entry.name) ? [{ path, bytes: sizeOf(join(here, entry.name)) }] : [];
  });
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return -1;
  }
}
