import { join } from 'node:path';
import { subfolders } from './listing.ts';

type Role = 'train' | 'validation' | 'test';

/** The usual names of the folder with the validation images. */
export const VALIDATION_NAMES = ['val', 'validation', 'valid'];

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
/** Names that only a split has, never a class. */
const SPLIT_NAME = /^(train|training|val|valid|validation|test|testing)$/i;

/** The split that the name of a folder contains, and the rest of the name: `seg_train`, `train2017`, `TestSet`. */
function readName(name: string): { role: Role; rest: string } | undefined {
  const parts = name.split(/(?<=[a-z])(?=[A-Z])|(?<=\p{L})(?=\P{L})|(?<=\P{L})(?=\p{L})/u);
  const at = parts.findIndex((part) => part.toLowerCase() in ROLE_WORDS);
  if (at < 0) return undefined;
  const role = ROLE_WORDS[parts[at]!.toLowerCase()]!;
  return { role, rest: parts.map((part, i) => (i === at ? '*' : part.toLowerCase())).join('') };
}

/** The split that the name of a folder contains; undefined if it contains none. */
export const splitRole = (name: string): Role | undefined => readName(name)?.role;

/** The names that equal a name of `searched` (in lower case), ignoring case, in the order of `searched`. */
export const findIgnoringCase = (names: readonly string[], searched: readonly string[]): string[] =>
  searched.flatMap((lowerCase) => names.filter((name) => name.toLowerCase() === lowerCase));

/** The names of the folders of both splits. */
export interface SplitPair {
  readonly train: string;
  readonly validation: string;
}

/** Two folders that are probably splits: their names differ only in `train` and `val` (or `test`). */
export function likelySplits(names: readonly string[]): SplitPair | undefined {
  const splits = names.flatMap((name) => {
    const split = readName(name);
    return split ? [{ name, ...split }] : [];
  });
  for (const { name: train, role, rest } of splits) {
    if (role !== 'train') continue;
    const others = splits.filter((other) => other.role !== 'train' && other.rest === rest);
    const validation = others.find((other) => other.role === 'validation') ?? others[0];
    if (validation) return { train, validation: validation.name };
  }
  return undefined;
}

/** The training folder with a name that matches a validation folder: `seg_train` for `seg_test`. */
export function matchingTrainFolder(names: readonly string[], validation: string): string | undefined {
  const rest = readName(validation)?.rest;
  return names.find((name) => {
    const split = readName(name);
    return split?.role === 'train' && split.rest === rest;
  });
}

/** The class folders with names of splits. They are a mistake. */
export function findSplitNames(classes: readonly string[]): string[] {
  const splits = classes.filter((name) => SPLIT_NAME.test(name));
  const pair = likelySplits(classes);
  return splits.length > 0 || pair === undefined ? splits : [pair.train, pair.validation];
}

/** How deep, and through how many folders, a dataset is searched. */
const MAX_DEPTH = 4;
const MAX_FOLDERS = 1000;

/**
 * Whether a folder is probably a dataset: it has a training folder with classes, or the folders of both splits.
 * @param names the folders in it.
 */
export function isDataset(folder: string, names: readonly string[] = subfoldersOrNone(folder)): boolean {
  const [train] = findIgnoringCase(names, ['train', 'training']);
  const holdsClasses = train !== undefined && subfoldersOrNone(join(folder, train)).length > 0;
  return holdsClasses || likelySplits(names) !== undefined;
}

/** The folders below this one that are probably datasets: archives often unpack into an extra folder. */
export function findNestedDatasets(folder: string): string[] {
  let level = [''];
  let visited = 0;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: string[] = [];
    const found: string[] = [];
    for (const path of level) {
      if (++visited > MAX_FOLDERS) return found;
      const names = subfoldersOrNone(join(folder, path));
      if (path !== '' && isDataset(join(folder, path), names)) found.push(path);
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
