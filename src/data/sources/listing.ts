import { readdirSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { dataError, messageOf, systemCodeOf } from '../../base/errors.ts';
import { isFolderEntry } from '../../base/files/stat.ts';
import { readFailure } from '../../base/system/system-error.ts';
import { isNotUtf8, NOT_UTF8 } from '../file.ts';

/** An image file; its path is relative to the dataset folder. */
export interface ImageFile {
  readonly path: string;
  /** -1 if the size is unknown: reading the file then reports the error. */
  readonly bytes: number;
  /** Time of the last change, in whole seconds because some file systems store no fractions; -1 if unknown. */
  readonly modified: number;
}

/** Endings of image files, in upper or lower case. */
const IMAGE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|dib|p[bgpn]m)$/i;

/** Counts ignored files by ending. */
export class IgnoredFiles {
  private readonly counts = new Map<string, number>();

  add(name: string, reason = ''): void {
    const ending = /[^.](\.[^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? 'no ending';
    const key = `${ending}${reason}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  addAll(other: IgnoredFiles): void {
    for (const [key, count] of other.counts) this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  /** The number of files per ending, the most frequent ending first. */
  toRecord(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([, a], [, b]) => b - a));
  }
}

/** The counts in one line: "3 .txt, 1 .heic". */
export const formatIgnoredFiles = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([ending, count]) => `${count} ${ending}`)
    .join(', ');

/** Folders that storage servers, archives and file systems add: thumbnails, metadata, snapshots and deleted files. */
const SYSTEM_FOLDERS = new Set([
  '@eaDir',
  '@Recycle',
  '@Recently-Snapshot',
  '#recycle',
  '#snapshot',
  '__MACOSX',
  'lost+found',
  '$RECYCLE.BIN',
  'System Volume Information',
]);

const isHidden = (name: string): boolean => name.startsWith('.') || SYSTEM_FOLDERS.has(name);

/** The entries of a folder sorted by name, without hidden ones. */
function listEntries(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !isHidden(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOTDIR') throw dataError(`${folder} is a file, expected a folder`, error);
    if (code === 'EACCES' || code === 'EPERM') throw readFailure(`the folder ${folder}`, error);
    const isUnreadableName = code === 'ENOENT' && isNotUtf8(folder);
    throw dataError(`cannot read the folder ${folder}: ${isUnreadableName ? NOT_UTF8 : messageOf(error)}`, error);
  }
}

/** The names of the folders in a folder, sorted. */
export const subfolders = (folder: string): string[] =>
  listEntries(folder)
    .filter(isFolderEntry)
    .map(({ name }) => name);

/** Counts the images beside the class folders as ignored, because they belong to no class. */
export function countLooseImages(folder: string, ignored: IgnoredFiles): void {
  for (const entry of listEntries(folder)) {
    if (IMAGE.test(entry.name) && !isFolderEntry(entry)) ignored.add(entry.name, ' in no class folder');
  }
}

/** What one search of a dataset collects in all its folders. */
export interface Search {
  readonly ignored: IgnoredFiles;
  /** The folders with images or folders that were read, by their real path: a link may name a folder twice. */
  readonly visited: Map<string, string>;
}

/**
 * All images below a folder of the dataset, at any depth, sorted by path.
 * @throws UserError exit code 65 for a folder that cannot be read, a link to a folder that contains it, or a folder that the
 * search has read before.
 */
export function findImagesBelow(folder: string, below: string, search: Search): ImageFile[] {
  const names = below.split('/').slice(0, -1);
  const parents = names.map((_, i) => realpathSync(join(folder, ...names.slice(0, i + 1))));
  return walk({ folder, ...search }, below, [realpathSync(folder), ...parents]);
}

interface Walk extends Search {
  readonly folder: string;
}

/** @param parents the real paths of the parent folders. */
function walk(task: Walk, below: string, parents: readonly string[]): ImageFile[] {
  const { folder, ignored } = task;
  const here = join(folder, below);
  const entries = listEntries(here);
  const real = realpathSync(here);
  if (parents.includes(real)) {
    throw dataError(`${here} is a link to a folder that contains it (an endless loop): remove the link`);
  }
  refuseSecondVisit(task, below, real);
  const chain = [...parents, real];
  return entries.flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (isFolderEntry(entry)) return walk(task, path, chain);
    if (IMAGE.test(entry.name)) return [{ path, ...readSizeAndTime(join(here, entry.name)) }];
    ignored.add(entry.name);
    return [];
  });
}

/** @throws UserError exit code 65 if the folder was read under another path: its images would count twice. */
function refuseSecondVisit({ folder, visited }: Walk, below: string, real: string): void {
  const before = visited.get(real);
  if (before !== undefined) {
    throw dataError(
      `${join(folder, below)} and ${join(folder, before)} are the same folder, so its images would be in the dataset twice: remove the link`,
    );
  }
  visited.set(real, below);
}

function readSizeAndTime(file: string): Omit<ImageFile, 'path'> {
  try {
    const { size, mtimeMs } = statSync(file);
    return { bytes: size, modified: Math.floor(mtimeMs / 1000) };
  } catch {
    return { bytes: -1, modified: -1 };
  }
}
