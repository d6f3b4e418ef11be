import { join } from 'node:path';
import { subfolders } from './listing.ts';

type Role = 'train' | 'validation' | 'test';

const ROLE_WORDS: Readonly<Record<string, Role>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  eval: 'validation',
  test: 'test',
  testing: 'test',
};
const SPLIT_NAME = /^(train|training|val|valid|validation|test|testing)$/i;

/** The split in the name of a folder, and the rest of the name: `seg_train`, `train2017`, `TestSet`. */
function readName(name: string): { role: Role; rest: string } | undefined {
  const parts = name.split(/(?<=[a-z])(?=[A-Z])|(?<=\p{L})(?=\P{L})|(?<=\P{L})(?=\p{L})/u);
  const at = parts.findIndex((part) => part.toLowerCase() in ROLE_WORDS);
  if (at < 0) return undefined;
  const role = ROLE_WORDS[parts[at]!.toLowerCase()]!;
  return { role, rest: parts.map((part, i) => (i === at ? '*' : part.toLowerCase())).join('') };
}

export const splitRole = (name: string): Role | undefined => readName(name)?.role;

/** The names that are equal to a wanted name, in upper or lower case, in the order of `wanted`. */
export const findNames = (names: readonly string[], wanted: readonly string[]): string[] =>
  wanted.flatMap((one) => names.filter((name) => name.toLowerCase() === one));

export interface SplitPair {
  readonly train: string;
  readonly validation: string;
}

/** Two folders that look like splits: their names differ only in `train` and `val` (or `test`). */
export function likelySplits(names: readonly string[]): SplitPair | undefined {
  const read = names.flatMap((name) => {
    const found = readName(name);
    return found ? [{ name, ...found }] : [];
  });
  for (const { name: train, role, rest } of read) {
    if (role !== 'train') continue;
    const others = read.filter((other) => other.role !== 'train' && other.rest === rest);
    const other = others.find((one) => one.role === 'validation') ?? others[0];
    if (other) return { train, validation: other.name };
  }
  return undefined;
}

/** The training folder with a name that matches a validation folder: `seg_train` for `seg_test`. */
export function matchingTrainFolder(names: readonly string[], validation: string): string | undefined {
  const rest = readName(validation)?.rest;
  return names.find((name) => {
    const found = readName(name);
    return found?.role === 'train' && found.rest === rest;
  });
}

/** The class folders that have names of splits, which must be a mistake. */
export function findSplitNames(classes: readonly string[]): string[] {
  const named = classes.filter((name) => SPLIT_NAME.test(name));
  const pair = likelySplits(classes);
  return named.length > 0 || pair === undefined ? named : [pair.train, pair.validation];
}

const MAX_DEPTH = 4;
const MAX_FOLDERS = 1000;

/** Folders below this one that look like datasets. Archives often unpack into an extra folder. */
export function findNestedDatasets(folder: string): string[] {
  let level = [''];
  let seen = 0;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: string[] = [];
    const found: string[] = [];
    for (const path of level) {
      if (++seen > MAX_FOLDERS) return found;
      const names = subfoldersOrNone(join(folder, path));
      const [train] = findNames(names, ['train', 'training']);
      const holdsClasses = train !== undefined && subfoldersOrNone(join(folder, path, train)).length > 0;
      if (path !== '' && (holdsClasses || likelySplits(names))) found.push(path);
      next.push(...names.map((name) => join(path, name)));
    }
    if (found.length > 0) return found;
    level = next;
  }
  return [];
}

function subfoldersOrNone(folder: string): string[] {
  try {
    return subfolders(folder);
  } catch {
    return [];
  }
}
