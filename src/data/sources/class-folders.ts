import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { readClassList } from './class-list.ts';
import type { ClassList } from './class-list.ts';
import { subfolders } from './listing.ts';
import { splitRole, findSplitNames } from './split-names.ts';

/**
 * The classes of a dataset: the sorted names of the folders in `train`, or the classes of classes.tsv in its order.
 * @throws UserError exit code 65 if there are no classes, two have the same name, or one has the name of a split.
 */
export function findClasses(folder: string, train: string): ClassList {
  const place = join(folder, train);
  const folders = subfolders(place);
  refuseSplits(place, folders);
  indexByName(place, folders);
  const list = readClassList(folder, folders) ?? { ids: folders };
  if (list.ids.length === 0) throw dataError(`${place} has no class folders`);
  return list;
}

function refuseSplits(place: string, folders: readonly string[]): void {
  const [only, second] = folders;
  if (only !== undefined && second === undefined && splitRole(only) === 'train') {
    throw dataError(
      `${place} has only one folder, ${only}, which contains the class folders: move them up into ${place}`,
    );
  }
  const splits = findSplitNames(folders);
  if (splits.length === 0) return;
  const test = splits.find((name) => splitRole(name) !== 'train') ?? splits[0]!;
  throw dataError(
    `${place} has ${splits.length > 1 ? 'class folders' : 'a class folder'} named ${splits.join(' and ')}: ` +
      `if these are splits, choose one for validation, such as validation: ${test} (--validation-split ${test}); if they are classes, rename them`,
  );
}

/** Folders by their names in one form of Unicode, because macOS and Linux may write the same name in two forms. */
function indexByName(place: string, folders: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of folders) {
    const key = name.normalize('NFC');
    if (found.has(key)) {
      throw dataError(
        `${place} has two folders named ${name}, in two forms of Unicode (NFC and NFD): move their images into one`,
      );
    }
    found.set(key, name);
  }
  return found;
}

/** The class folders of a split with their labels. Classes without a folder are missing in the result. */
export function classFolders(
  folder: string,
  split: string,
  classes: readonly string[],
  isTrain: boolean,
): { readonly path: string; readonly label: number }[] {
  const place = join(folder, split);
  const labels = new Map(classes.map((name, label) => [name.normalize('NFC'), label]));
  return [...indexByName(place, subfolders(place))].map(([key, name]) => {
    const label = labels.get(key);
    if (label !== undefined) return { path: split === '' ? name : `${split}/${name}`, label };
    const list = isTrain ? 'classes.tsv' : 'train';
    throw dataError(
      `${join(place, name)} is a class that is missing in ${list}${isTrain ? '' : describeDifference(classes, name)}`,
    );
  });
}

/** How a name differs from the most similar class of train. */
function describeDifference(classes: readonly string[], name: string): string {
  const plain = (text: string): string =>
    text
      .normalize('NFKD')
      .replaceAll(/[\p{M}\p{Cf}\s_-]/gu, '')
      .toLowerCase();
  const alike = classes.find((known) => plain(known) === plain(name)) ?? nearest(name, classes, 1)[0];
  if (alike === undefined) return '';
  const [ours, theirs] = [Array.from(alike.normalize('NFC')), Array.from(name.normalize('NFC'))];
  const at = theirs.findIndex((letter, i) => letter !== ours[i]);
  const place = at < 0 ? theirs.length : at;
  return `: ${alike} has ${describeCharacter(ours[place])} where ${name} has ${describeCharacter(theirs[place])}, at character ${place + 1}`;
}

const describeCharacter = (letter: string | undefined): string =>
  letter === undefined
    ? 'its end'
    : `${/[\p{L}\p{N}\p{P}]/u.test(letter) ? `"${letter}" ` : ''}(U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`;
