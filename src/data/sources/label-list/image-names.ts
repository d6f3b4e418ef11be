import { extremes } from '../../../base/numbers/extremes.ts';
import { once } from '../../once.ts';

/** The first row with a name that does not identify exactly one image. */
export interface NameProblem {
  readonly row: number;
  /** The text follows the name. */
  readonly reason: string;
}

/** The images of all names, or the first problem. */
export type ResolvedNames = { readonly images: readonly number[] } | { readonly problem: NameProblem };

/** Returns the image of a name; `several` if more than one image matches. */
type FindImage = (name: string) => number | 'several' | undefined;

const ENDING = /\.[^./]*$/;

/**
 * Finds the images that a list names. A name is a path that is relative to the split folder, the dataset folder, a folder
 * below the split folder, or a folder above the dataset folder. It may lack its ending, as in Kaggle's lists. One rule applies
 * to all names of a list.
 */
export class ImageNames {
  /** The most likely rule first. */
  private readonly rules: readonly FindImage[];
  private readonly clean: (name: string) => string;

  /**
   * @param paths relative to the dataset folder.
   * @param split the folder that contains them, relative to the dataset folder.
   */
  constructor(paths: readonly string[], split: string) {
    const splitFolder = `${normalize(split)}/`;
    // On Linux a file name may contain the separator of Windows.
    this.clean = paths.some((path) => path.includes('\\'))
      ? cleanName
      : (name) => cleanName(name.replaceAll('\\', '/'));
    const withoutEndings = paths.map((path) => path.replace(ENDING, ''));
    // Large indexes are built only if the rules before them fail.
    this.rules = [paths, withoutEndings].flatMap((keys) => {
      const exact = once(() => indexByName(keys.map((key) => [normalize(key)])));
      const suffixes = once(() => indexByName(keys.map((key) => pathSuffixes(normalize(key)))));
      return [
        (name: string) => exact().get(splitFolder + name),
        (name: string) => exact().get(name),
        (name: string) => suffixes().get(name),
        (name: string) => pathSuffixes(name).flatMap((end) => exact().get(end) ?? [])[0],
      ];
    });
  }

  /** Whether a rule finds one or more images with this name. */
  matches(name: string): boolean {
    const clean = this.clean(name);
    return this.rules.some((find) => find(clean) !== undefined);
  }

  /** The images of all names by the first rule that finds every name. */
  resolve(names: readonly string[]): ResolvedNames {
    const clean = names.map(this.clean);
    const problems: NameProblem[] = [];
    for (const find of this.rules) {
      const images: number[] = [];
      for (const name of clean) {
        const found = find(name);
        if (typeof found !== 'number') {
          problems.push({ row: images.length, reason: describeProblem(found) });
          break;
        }
        images.push(found);
      }
      if (images.length === clean.length) return { images };
    }
    // The rule that finds the most names is the most likely one.
    const row = extremes(problems.map((problem) => problem.row))[1];
    const likely = problems.filter((problem) => problem.row === row);
    return { problem: likely.find(({ reason }) => reason === SEVERAL) ?? likely[0]! };
  }
}

const SEVERAL = 'which could be more than one image: write its path';
const MISSING = 'which does not exist: add the image, or remove the line';

const describeProblem = (found: 'several' | undefined): string => (found === 'several' ? SEVERAL : MISSING);

const normalize = (path: string): string => path.normalize('NFC');

/** The name without what `find` or absolute paths add to it. */
const cleanName = (name: string): string => normalize(name).replace(/^(\.?\/)+/, '');

/** All suffixes of a path: `a/b/c`, `b/c` and `c`. */
function pathSuffixes(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}

/** The image of each name; image i has the names `imageNames[i]`. */
function indexByName(imageNames: readonly (readonly string[])[]): Map<string, number | 'several'> {
  const index = new Map<string, number | 'several'>();
  imageNames.forEach((names, image) => {
    for (const name of names) index.set(name, index.has(name) ? 'several' : image);
  });
  return index;
}
