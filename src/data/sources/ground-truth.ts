import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataError, messageOf, UserError } from '../../base/errors.ts';
import { readDataFile } from '../file.ts';
import { readLabelList, readOrderedLabels } from './label-list/label-list.ts';
import type { Labelling } from './label-list/label-list.ts';
import { readLines } from './label-list/text.ts';
import { subfolders } from './listing.ts';
import { type MatlabRow, readStructures } from './matlab.ts';
import { findIgnoringCase, VALIDATION_NAMES } from './split-names.ts';

const KAGGLE_LIST = 'LOC_val_solution.csv';
/** Lists of TensorFlow models: one class id per line, in the order of the files. */
const ORDERED_LISTS = ['imagenet_2012_validation_synset_labels.txt', 'synset_labels.txt'];
/** The list of the development kit: one class number (ILSVRC2012_ID) per line, in the order of the files. */
const NUMBERED_LIST = 'ILSVRC2012_validation_ground_truth.txt';
/** The classes of these numbers: the kit's own table, or the ids in the order of the numbers, one per line. */
const KIT_TABLE = 'meta.mat';
const ID_LIST = 'synsets.txt';

/** Where the lists of a split are searched. */
interface ListSearch {
  readonly folder: string;
  readonly split: string;
  /** Whether the dataset has another folder with the name of validation images. Its lists are not for this split. */
  readonly besideValidation: boolean;
}

const searchFor = (folder: string, split: string): ListSearch => ({
  folder,
  split,
  besideValidation: findIgnoringCase(subfolders(folder), VALIDATION_NAMES).some((name) => name !== split),
});

const isNamedFor = (split: string, list: string): boolean =>
  list.startsWith(`${split}.`) || list.startsWith(`${split}_`);

/** Lists with an image and its class in each line: of Caffe, Tiny ImageNet, spreadsheets and Kaggle. */
function namedLists({ split, besideValidation }: ListSearch): string[] {
  const splits = besideValidation ? [split] : [...new Set(['val', split])];
  const ofSplits = splits.flatMap((name) => ['.txt', '.tsv', '.csv', '_annotations.txt'].map((end) => `${name}${end}`));
  return [...ofSplits, KAGGLE_LIST];
}

/** The places of a file: beside or in the split's folder, in the development kit, and above ILSVRC/Data/CLS-LOC. */
const placesOf = ({ folder, split }: ListSearch, name: string): string[] => [
  join(folder, name),
  join(folder, split, name),
  join(folder, 'ILSVRC2012_devkit_t12', 'data', name),
  ...(name === KAGGLE_LIST ? [join(folder, '..', '..', '..', name)] : []),
];

/** The places of a list of labels. Beside a validation folder, only a list with the split's name may be outside of the split's folder. */
const listPlaces = (search: ListSearch, name: string): string[] =>
  search.besideValidation && !isNamedFor(search.split, name)
    ? [join(search.folder, search.split, name)]
    : placesOf(search, name);

/** How to fix a missing file of the development kit. */
const UNPACK_KIT = 'unpack the development kit again';

/** A list of labels and a function that reads it. */
interface FoundList {
  readonly file: string;
  readonly read: () => number[];
}

/**
 * The class of every image of a validation folder without class folders, in the order of `paths`, from a list beside or in the
 * folder. If several lists match the images, they must agree.
 * @throws UserError exit code 65 if there is no list, the first list does not match the images, or two lists contradict each
 * other.
 */
export function findGroundTruth(folder: string, labelling: Labelling): number[] {
  const search = searchFor(folder, labelling.split);
  const [first, ...others] = [
    ...findNamed(search, labelling),
    ...findOrdered(search, labelling),
    ...findNumbered(search, labelling),
  ];
  if (first === undefined) throw noList(search);
  const labels = first.read();
  for (const other of others) refuseContradiction(first.file, labels, other, labelling);
  return labels;
}

/** The error for a split without a list of labels, with the lists that count and their folder. */
function noList(search: ListSearch): UserError {
  const { folder, split, besideValidation } = search;
  const lists = [...namedLists(search), ...ORDERED_LISTS, NUMBERED_LIST];
  const own = lists.filter((name) => isNamedFor(split, name)).join(', ');
  const expected = besideValidation
    ? `${own} in ${folder}, or one of ${lists.join(', ')} in ${join(folder, split)}`
    : `${lists.join(', ')} in ${folder}`;
  return dataError(
    `${join(folder, split)} has images without class folders, and their list of labels is missing: expected one of ${expected}`,
  );
}

/** Whether there is a list with an image and its class in each line. */
export function hasNamedList(folder: string, split: string): boolean {
  const search = searchFor(folder, split);
  return findLists(search, namedLists(search)).length > 0;
}

/**
 * Compares the labels of a split with class folders to the lists of labels beside it, if there are any.
 * @throws UserError exit code 65 if a list matches the images and gives an image another class than its folder.
 */
export function refuseContradictingLists(folder: string, labelling: Labelling, labels: readonly number[]): void {
  for (const list of findNamed(searchFor(folder, labelling.split), labelling))
    refuseContradiction(`the folders of ${join(folder, labelling.split)}`, labels, list, labelling);
}

function refuseContradiction(
  source: string,
  labels: readonly number[],
  { file, read }: FoundList,
  { paths, classes: { names } }: Labelling,
): void {
  const otherLabels = readLabelsIfMatching(read);
  const image = otherLabels.findIndex((label, i) => label !== labels[i]);
  if (image < 0) return;
  throw dataError(
    `${source} and ${file} contradict each other: ${paths[image]!} is "${names[labels[image]!]!}" or "${names[otherLabels[image]!]!}"; remove the wrong one`,
  );
}

/** The labels of a list; empty if it does not match the images. */
function readLabelsIfMatching(read: () => number[]): number[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

const findLists = (search: ListSearch, names: readonly string[]): string[] =>
  names.flatMap((name) => listPlaces(search, name)).filter((file) => existsSync(file));

const findNamed = (search: ListSearch, labelling: Labelling): FoundList[] =>
  findLists(search, namedLists(search)).map((file) => ({ file, read: () => readLabelList(file, labelling) }));

const findOrdered = (search: ListSearch, labelling: Labelling): FoundList[] =>
  findLists(search, ORDERED_LISTS).map((file) => ({
    file,
    read: () => readOrderedLabels(file, readLines(file), labelling),
  }));

function findNumbered(search: ListSearch, labelling: Labelling): FoundList[] {
  // The classes of the numbers belong to no split.
  const find = (name: string): string | undefined => placesOf(search, name).find((file) => existsSync(file));
  return findLists(search, [NUMBERED_LIST]).map((file) => ({
    file,
    read: () => {
      const ids = readNumberedIds(file, find(KIT_TABLE), find(ID_LIST));
      return readOrderedLabels(file, ids, { ...labelling, labelFormat: 'names' });
    },
  }));
}

/** The class ids of the numbers in the development kit's list. */
function readNumberedIds(file: string, table: string | undefined, list: string | undefined): string[] {
  const source = table ?? list;
  if (source === undefined) {
    throw dataError(
      `${file} has class numbers of ILSVRC2012: add the development kit's ${KIT_TABLE} beside it, or ${ID_LIST} with the ids in the order of these numbers`,
    );
  }
  const ids = table === undefined ? readIdList(source) : readIdTable(source);
  return readLines(file).map((number) => {
    const id = /^\d+$/.test(number) ? ids.get(Number(number)) : undefined;
    if (id === undefined) {
      throw dataError(
        `${file} has the class number ${number}, which is missing in ${source}: expected both files from the same development kit`,
      );
    }
    return id;
  });
}

/** The id of each class number, from the development kit's own table. */
function readIdTable(file: string): Map<number, string> {
  const bytes = readDataFile(file, UNPACK_KIT);
  try {
    return idsByNumber(readStructures(bytes, 'synsets').map(readClass));
  } catch (error) {
    throw dataError(`cannot read ${file}: ${messageOf(error)}: ${UNPACK_KIT}`, error);
  }
}

/** The number and the id of a class. @throws Error with the reason if the row has no such values. */
function readClass(row: MatlabRow): NumberedId {
  const [numbers, id] = [row.get('ILSVRC2012_ID'), row.get('WNID')];
  const number = numbers?.length === 1 ? numbers[0] : undefined;
  if (typeof number !== 'number' || !Number.isInteger(number) || typeof id !== 'string')
    throw new Error('one of its classes has no ILSVRC2012_ID (one whole number) or no WNID (text)');
  return [number, id];
}

type NumberedId = readonly [number: number, id: string];

/** @throws Error with the reason if two classes have the same number or the same id: one of them is damaged. */
function idsByNumber(classes: readonly NumberedId[]): Map<number, string> {
  const ids = new Map<number, string>();
  const numbers = new Map<string, number>();
  for (const [number, id] of classes) {
    const [otherId, otherNumber] = [ids.get(number), numbers.get(id)];
    if (otherId !== undefined) throw new Error(`it gives ${otherId} and ${id} the same number ${number}`);
    if (otherNumber !== undefined) throw new Error(`it gives ${id} the numbers ${otherNumber} and ${number}`);
    ids.set(number, id);
    numbers.set(id, number);
  }
  return ids;
}

/** The id of each class number, from a list of the ids in the order of the numbers. */
function readIdList(file: string): Map<number, string> {
  const ids = readLines(file).map((line) => line.split(/\s/)[0]!);
  const sorted = ids.every((id, i) => i === 0 || ids[i - 1]! < id);
  if (sorted && ids.length > 1) {
    // Caffe has a file of the same name in another order. With it, every label would be wrong.
    throw dataError(
      `${file} is sorted by id, but the class numbers of ILSVRC2012 have another order: use the development kit's ${KIT_TABLE}`,
    );
  }
  try {
    return idsByNumber(ids.map((id, i) => [i + 1, id]));
  } catch (error) {
    throw dataError(`cannot read ${file}: ${messageOf(error)}: write each id once, in the order of the numbers`, error);
  }
}
