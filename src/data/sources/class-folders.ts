import { join } from 'node:path';
import { dataError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { readClassList } from './class-list.ts';
import type { ClassList } from './class-list.ts';
import { subfolders } from './listing.ts';
import { splitRole, findSplitNames } from './split-names.ts';

/**
 * The classes of a dataset: the sorted names of the folders in `train`, or those of classes.tsv in its order.
 * @throws UserError exit code 65 where there are none, two have the same name, or one is called as a split is.
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
    throw dataError(`${place} holds one folder, ${only}: the class folders lie in that one, move them up`);
  }
  const splits = findSplitNames(folders);
  if (splits.length === 0) return;
  const test = splits.find((name) => splitRole(name) !== 'train') ?? splits[0]!;
  throw dataError(
    `${place} would have ${splits.length > 1 ? 'classes' : 'a class'} called ${splits.join(' and ')}: ` +
      `if they are splits say which one is for validation, as in validation: ${test} (--validation-split ${test}); a class has to be renamed`,
  );
}

/** Folders by their names in one form of Unicode: macOS and Linux write the same letters in two. */
function indexByName(place: string, folders: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of folders) {
    const key = name.normalize('NFC');
    if (found.has(key)) {
      throw dataError(
        `${place} has two folders called ${name}, in two forms of Unicode (NFC and NFD): put their images into one`,
      );
    }
    found.set(key, name);
  }
  return found;
}

/** The class folders of a split, each with its class; classes without a folder are left out. */
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
    const lacking = isTrain ? 'classes.tsv does not name' : 'train does not have';
    throw dataError(`${join(place, name)} is a class that ${lacking}${isTrain ? '' : describeDifference(classes, name)}`);
  });
}

/** How a name differs from the one of train that it is like. */
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
