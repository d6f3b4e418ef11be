import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { nearest } from '../../base/text/nearest.ts';
import { readClassList } from './class-list.ts';
import type { ClassList } from './class-list.ts';
import { subfolders } from './listing.ts';
import { splitRole, findSplitNames } from './split-names.ts';

/**
 * The classes of a dataset: the sorted names of the folders in `train`, or the classes of classes.tsv in its order.
 * @param train the folder of the training images, relative to `folder`.
 * @throws UserError exit code 65 if there are no classes, two have the same name, or one has the name of a split.
 */
export function findClasses(folder: string, train: string): ClassList {
  const splitFolder = join(folder, train);
  const folders = subfolders(splitFolder);
  refuseSplits(splitFolder, folders);
  indexByName(splitFolder, folders);
  const list = readClassList(folder, folders) ?? { ids: folders };
  if (list.ids.length === 0) throw dataError(`${splitFolder} has no class folders: expected one folder per class`);
  return list;
}

/** @throws UserError exit code 65 if folders are splits in the splitFolder of classes. */
function refuseSplits(splitFolder: string, folders: readonly string[]): void {
  const [only, second] = folders;
  if (only !== undefined && second === undefined && splitRole(only) === 'train') {
    throw dataError(
      `${splitFolder} has only one folder, ${only}, which contains the class folders: move them up into ${splitFolder}`,
    );
  }
  const splits = findSplitNames(folders);
  if (splits.length === 0) return;
  const test = splits.find((name) => splitRole(name) !== 'train') ?? splits[0]!;
  throw dataError(
    `${splitFolder} has ${splits.length > 1 ? 'class folders' : 'a class folder'} named ${splits.join(' and ')}: ` +
      `if these are splits, choose one for validation, such as validation: ${test} (--validation-split ${test}); if they are classes, rename them`,
  );
}

/**
 * The folders by their names in one form of Unicode (NFC): macOS and Linux may write the same name in two forms.
 * @throws UserError exit code 65 if two folders have the same name in two forms.
 */
function indexByName(splitFolder: string, folders: readonly string[]): Map<string, string> {
  const byName = new Map<string, string>();
  for (const name of folders) {
    const key = name.normalize('NFC');
    if (byName.has(key)) {
      throw dataError(
        `${splitFolder} has two folders named ${name}, in two forms of Unicode (NFC and NFD): move their images into one`,
      );
    }
    byName.set(key, name);
  }
  return byName;
}

/**
 * The class folders of a split with their labels. Classes without a folder are missing in the result.
 * @throws UserError exit code 65 if a folder is not a class.
 */
export function classFolders(
  folder: string,
  split: string,
  classes: readonly string[],
  isTrain: boolean,
): { readonly path: string; readonly label: number }[] {
  const splitFolder = join(folder, split);
  const labels = new Map(classes.map((name, label) => [name.normalize('NFC'), label]));
  return [...indexByName(splitFolder, subfolders(splitFolder))].map(([key, name]) => {
    const label = labels.get(key);
    if (label !== undefined) return { path: split === '' ? name : `${split}/${name}`, label };
    const problem = isTrain
      ? 'classes.tsv: add it there, or remove the folder'
      : `train${describeDifference(classes, name)}; rename the folder, or remove it`;
    throw dataError(`${join(splitFolder, name)} is a class that is missing in ${problem}`);
  });
}

/** Where a name differs from the most similar class of train; empty if no class is similar. */
function describeDifference(classes: readonly string[], name: string): string {
  const simplify = (text: string): string =>
    text
      .normalize('NFKD')
      .replaceAll(/[\p{M}\p{Cf}\s_-]/gu, '')
      .toLowerCase();
  const similar = classes.find((known) => simplify(known) === simplify(name)) ?? nearest(name, classes, 1)[0];
  if (similar === undefined || !Array.from(name).some((letter) => similar.includes(letter))) return '';
  const [expected, actual] = [Array.from(similar.normalize('NFC')), Array.from(name.normalize('NFC'))];
  const index = actual.findIndex((letter, i) => letter !== expected[i]);
  const at = index < 0 ? actual.length : index;
  return `: ${similar} has ${describeCharacter(expected[at])} where ${name} has ${describeCharacter(actual[at])}, at character ${at + 1}`;
}

const describeCharacter = (letter: string | undefined): string =>
  letter === undefined
    ? 'its end'
    : `${/[\p{L}\p{N}\p{P}]/u.test(letter) ? `"${letter}" ` : ''}(U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`;
