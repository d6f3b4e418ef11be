import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { dataError, messageOf, systemCodeOf } from '../base/errors.ts';
import { readClassList } from './class-list.ts';
import type { DataSet, Identity } from './dataset.ts';
import { findGroundTruth } from './ground-truth.ts';
import { shareBytes, shareInts, shareNames } from './store.ts';
import type { Split } from './store.ts';

/** One picture file; its path is relative to the data set's folder. */
interface Found {
  readonly path: string;
  readonly label: number;
  readonly bytes: number;
}

/** File names that are taken for pictures, in upper and lower case. */
const PICTURE = /\.(jpe?g|jfif|png|webp|gif|tiff?|avif|bmp|ppm)$/i;
const VALIDATION_NAMES = ['val', 'validation', 'valid'];

/**
 * The ImageFolder layout: train/<class>/... and val/<class>/..., pictures at any depth below a class. A flat val folder
 * is read with its ground-truth list (ground-truth.ts). Classes are the sorted folder names of train, or those of a
 * classes.tsv in its order.
 * @throws UserError exit code 65 naming the folder or file that is missing, empty or does not fit.
 */
export function openFolder(path: string): DataSet {
  const folder = resolve(path);
  if (!existsSync(folder)) throw dataError(`there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw dataError(`${folder} is not a folder`);
  const validationName = VALIDATION_NAMES.find((name) => existsSync(join(folder, name)));
  if (!existsSync(join(folder, 'train')) || validationName === undefined) {
    const missing = existsSync(join(folder, 'train')) ? 'val' : 'train';
    throw dataError(
      `${folder} has no folder ${missing}: expected train/<class>/* and val/<class>/*`,
    );
  }
  const folders = subfolders(folder, 'train');
  const list = readClassList(folder, folders);
  const classes = list?.ids ?? folders;
  if (classes.length === 0) throw dataError(`${join(folder, 'train')} has no class folders`);
  const train = findInClasses(folder, 'train', classes);
  const validation = findValidation(folder, validationName, classes);
  return {
    source: 'folder',
    name: basename(folder),
    classes,
    ...(list?.titles ? { titles: list.titles } : {}),
    train: splitOf(folder, train),
    validation: splitOf(folder, validation),
    identities: { train: identityIn(train), validation: identityIn(validation) },
    skipped: [],
  };
}

const identityIn =
  (found: readonly Found[]): Identity =>
  (picture) =>
    `${found[picture]!.path} ${found[picture]!.bytes}`;

function splitOf(folder: string, found: readonly Found[]): Split {
  return {
    store: {
      kind: 'files',
      folder,
      names: shareNames(found.map(({ path }) => path)),
      verified: shareBytes(new Uint8Array(found.length)),
    },
    indices: shareInts(found.map((_, i) => i)),
    labels: shareInts(found.map(({ label }) => label)),
  };
}

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
    throw dataError(`cannot read the folder ${folder}: ${messageOf(error)}`, error);
  }
}

const isFolder = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() &&
    statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() === true);

const subfolders = (folder: string, below: string): string[] =>
  entriesOf(join(folder, below))
    .filter((entry) => isFolder(join(folder, below), entry))
    .map(({ name }) => name);

/** Every picture below a folder, at any depth; paths are relative to `folder`. */
function picturesBelow(folder: string, below: string): string[] {
  return entriesOf(join(folder, below)).flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (isFolder(join(folder, below), entry)) return picturesBelow(folder, path);
    return PICTURE.test(entry.name) ? [path] : [];
  });
}

function sizeOf(folder: string, path: string): number {
  try {
    return statSync(join(folder, path)).size;
  } catch (error) {
    throw dataError(`cannot read ${join(folder, path)}: ${messageOf(error)}`, error);
  }
}

function findInClasses(folder: string, split: string, classes: readonly string[]): Found[] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const folders = subfolders(folder, split);
  const unknown = folders.find((name) => !labels.has(name));
  if (unknown !== undefined) {
    throw dataError(
      `${join(folder, split, unknown)} is a class that ${split === 'train' ? 'classes.tsv does not name' : 'train does not have'}`,
    );
  }
  return folders.flatMap((name) => {
    const paths = picturesBelow(folder, `${split}/${name}`);
    if (paths.length === 0)
      throw dataError(`${join(folder, split, name)} holds no pictures: the class is empty`);
    return paths.map((path) => ({ path, label: labels.get(name)!, bytes: sizeOf(folder, path) }));
  });
}

/** Class folders, or a flat folder with its list. */
function findValidation(folder: string, split: string, classes: readonly string[]): Found[] {
  const known = new Set(classes);
  const folders = subfolders(folder, split);
  if (folders.some((name) => known.has(name)) || (folders.length > 0 && folders[0] !== 'images')) {
    return findInClasses(folder, split, classes);
  }
  const paths = picturesBelow(folder, split);
  if (paths.length === 0) throw dataError(`${join(folder, split)} holds no pictures`);
  const labelOf = findGroundTruth(folder, split, classes, paths);
  return paths.map((path) => ({ path, label: labelOf(path), bytes: sizeOf(folder, path) }));
}
