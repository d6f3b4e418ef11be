import { extremes } from '../../../base/extremes.ts';

/** The first row with a name that does not identify one image, and why. */
export interface NameProblem {
  readonly row: number;
  readonly reason: string;
}

export type Resolved = { readonly images: readonly number[] } | { readonly problem: NameProblem };

/** Returns the image of a name; `several` if more than one image matches. */
type Find = (name: string) => number | 'several' | undefined;

const ENDING = /\.[^./]*$/;

/**
 * Finds the images that a list names. Names are paths with endings, relative to the split folder, the dataset folder, a folder
 * below the split folder, or a folder above the dataset folder. One rule applies to the whole list. Lists without endings
 * (Kaggle's) are supported too.
 */
export class ImageNames {
  /** The most likely rule first. */
  private readonly rules: readonly Find[];

  /** @param paths relative to the dataset folder. @param split the folder that contains them. */
  constructor(paths: readonly string[], split: string) {
    const within = `${normal(split)}/`;
    const withoutEndings = paths.map((path) => path.replace(ENDING, ''));
    this.rules = [paths, withoutEndings].flatMap((keys) => {
      const exact = once(() => indexOf(keys.map((key) => [normal(key)])));
      const suffixes = once(() => indexOf(keys.map((key) => suffixesOf(normal(key)))));
      return [
        (name: string) => exact().get(within + name),
        (name: string) => exact().get(name),
        (name: string) => suffixes().get(name),
        (name: string) => suffixesOf(name).flatMap((end) => exact().get(end) ?? [])[0],
      ];
    });
  }

  /** Whether any rule finds one or more images with this name. */
  matches(name: string): boolean {
    const clean = cleaned(name);
    return this.rules.some((find) => find(clean) !== undefined);
  }

  /** The images of all names by the first rule that finds every one. */
  resolve(names: readonly string[]): Resolved {
    const clean = names.map(cleaned);
    const problems: NameProblem[] = [];
    for (const find of this.rules) {
      const images: number[] = [];
      for (const name of clean) {
        const found = find(name);
        if (typeof found !== 'number') {
          problems.push({ row: images.length, reason: reasonOf(found) });
          break;
        }
        images.push(found);
      }
      if (images.length === clean.length) return { images };
    }
    // The rule that matched the most rows is the most likely one.
    const row = extremes(problems.map((problem) => problem.row))[1];
    const furthest = problems.filter((problem) => problem.row === row);
    return { problem: furthest.find(({ reason }) => reason === SEVERAL) ?? furthest[0]! };
  }
}

const reasonOf = (found: 'several' | undefined): string => (found === 'several' ? SEVERAL : 'which does not exist');

const SEVERAL = 'which could be more than one image: write its path';

const normal = (path: string): string => path.normalize('NFC');

/** Removes what Windows, `find` or absolute paths add to a name. */
const cleaned = (name: string): string =>
  normal(name)
    .replaceAll('\\', '/')
    .replace(/^(\.?\/)+/, '');

/** All suffixes of a path: `a/b/c`, `b/c` and `c`. */
function suffixesOf(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}

/** Computes a value at its first use: large indexes are built only if the rules before them fail. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function indexOf(keys: readonly (readonly string[])[]): Map<string, number | 'several'> {
  const index = new Map<string, number | 'several'>();
  keys.forEach((names, image) => {
    for (const name of names) index.set(name, index.has(name) ? 'several' : image);
  });
  return index;
}
