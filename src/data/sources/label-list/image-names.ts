import { extremes } from '../../../base/extremes.ts';

/** Names of a list's rows that do not lead to one image each: the first of them, and why. */
export interface NameFault {
  readonly row: number;
  readonly reason: string;
}

export type Resolved = { readonly images: readonly number[] } | { readonly fault: NameFault };

/** The image of a name; `several` where it could be more than one. */
type Find = (name: string) => number | 'several' | undefined;

const ENDING = /\.[^./]*$/;

/**
 * Finds the images that a list names. Names are paths with their endings, relative to the split's folder, to the dataset's,
 * to a folder below the split's, or to one above the dataset's; one rule holds for the whole list. Lists without any endings
 * (Kaggle's) are read too.
 */
export class ImageNames {
  /** In the order of what a list most likely means. */
  private readonly rules: readonly Find[];

  /** `paths` are relative to the dataset's folder; `split` is the folder that holds them. */
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

  /** Whether any rule finds an image, one or several, under this name. */
  mayName(name: string): boolean {
    const clean = cleaned(name);
    return this.rules.some((find) => find(clean) !== undefined);
  }

  /** The images of all names by the first rule that finds every one. */
  resolve(names: readonly string[]): Resolved {
    const clean = names.map(cleaned);
    const faults: NameFault[] = [];
    for (const find of this.rules) {
      const images: number[] = [];
      for (const name of clean) {
        const found = find(name);
        if (typeof found !== 'number') {
          faults.push({ row: images.length, reason: reasonOf(found) });
          break;
        }
        images.push(found);
      }
      if (images.length === clean.length) return { images };
    }
    // The rule that got furthest is the one that was meant.
    const row = extremes(faults.map((fault) => fault.row))[1];
    const furthest = faults.filter((fault) => fault.row === row);
    return { fault: furthest.find(({ reason }) => reason === SEVERAL) ?? furthest[0]! };
  }
}

const reasonOf = (found: 'several' | undefined): string =>
  found === 'several' ? SEVERAL : 'which is not among the images';

const SEVERAL = 'which could be more than one image: write its path';

const normal = (path: string): string => path.normalize('NFC');

/** As Windows, a shell's find, or a list of absolute paths writes them. */
const cleaned = (name: string): string =>
  normal(name)
    .replaceAll('\\', '/')
    .replace(/^(\.?\/)+/, '');

/** `a/b/c`, `b/c` and `c`. */
function suffixesOf(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}

/** Large indexes are made only where a rule before them did not do. */
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
