import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataError, messageOf, UserError } from '../../base/errors.ts';
import { readList } from '../file.ts';
import { readLabelList, readOrderedLabels } from './label-list/label-list.ts';
import type { Labelling } from './label-list/label-list.ts';
import { readLines } from './label-list/text.ts';
import { readStructures } from './matlab.ts';

/** Lists that name a file and its class in each line: Caffe's, Tiny ImageNet's, a spreadsheet's, Kaggle's. */
const KAGGLE_LIST = 'LOC_val_solution.csv';
const namedLists = (split: string): string[] => [
  ...new Set(
    ['val', split].flatMap((name) => [`${name}.txt`, `${name}.tsv`, `${name}.csv`, `${name}_annotations.txt`]),
  ),
  KAGGLE_LIST,
];
/** TensorFlow models' lists: a class id a line, in the order of the files. */
const ORDERED_LISTS = ['imagenet_2012_validation_synset_labels.txt', 'synset_labels.txt'];
/** The development kit's list: a number (ILSVRC2012_ID) a line, in the order of the files. */
const NUMBERED_LIST = 'ILSVRC2012_validation_ground_truth.txt';
/** What says which class a number is: the kit's own table, or the ids in the order of the numbers, one a line. */
const KIT_TABLE = 'meta.mat';
const ID_LIST = 'synsets.txt';

/** Where a list may stand: beside or in the split's folder, in the development kit, and above ILSVRC/Data/CLS-LOC. */
const listPaths = (folder: string, split: string, name: string): string[] => [
  join(folder, name),
  join(folder, split, name),
  join(folder, 'ILSVRC2012_devkit_t12', 'data', name),
  ...(name === KAGGLE_LIST ? [join(folder, '..', '..', '..', name)] : []),
];

/** A list that was found, and how to read it. */
interface FoundList {
  readonly file: string;
  readonly read: () => number[];
}

/**
 * The class of every image of a flat validation folder, in the order of `paths`, from the list that stands beside it or in
 * it. Where there are several lists, those that fit the images must say the same.
 * @throws UserError exit code 65 when there is no list, or the first does not fit the images, or two contradict.
 */
export function findGroundTruth(folder: string, labelling: Labelling): number[] {
  const { split } = labelling;
  const [first, ...others] = [
    ...findNamed(folder, labelling),
    ...findOrdered(folder, labelling),
    ...findNumbered(folder, labelling),
  ];
  if (first === undefined) {
    throw dataError(
      `${join(folder, split)} holds images without class folders and there is no list of their classes: ` +
        `expected one of ${[...namedLists(split), ...ORDERED_LISTS, NUMBERED_LIST].join(', ')} in ${folder}`,
    );
  }
  const labels = first.read();
  for (const other of others) refuseContradiction(first.file, labels, other, labelling);
  return labels;
}

export const hasNamedList = (folder: string, split: string): boolean =>
  findLists(folder, split, namedLists(split)).length > 0;

/**
 * Holds the labels of a folder with class folders against the lists that name images and classes, where such lie beside it.
 * @throws UserError exit code 65 where a list fits the images and gives one another class than its folder.
 */
export function refuseContradictingLists(folder: string, labelling: Labelling, labels: readonly number[]): void {
  for (const list of findNamed(folder, labelling))
    refuseContradiction(`the folders of ${join(folder, labelling.split)}`, labels, list, labelling);
}

function refuseContradiction(
  what: string,
  labels: readonly number[],
  { file, read }: FoundList,
  { paths, classes: { names } }: Labelling,
): void {
  const others = readLabelsIfFitting(read);
  const image = others.findIndex((label, i) => label !== labels[i]);
  if (image < 0) return;
  throw dataError(
    `${what} and ${file} contradict: ${paths[image]!} is "${names[labels[image]!]!}" or "${names[others[image]!]!}"; remove the one that is wrong`,
  );
}

/** A list that does not fit these images says nothing about them. */
function readLabelsIfFitting(read: () => number[]): number[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

const findLists = (folder: string, split: string, names: readonly string[]): string[] =>
  names.flatMap((name) => listPaths(folder, split, name)).filter((file) => existsSync(file));

const findNamed = (folder: string, labelling: Labelling): FoundList[] =>
  findLists(folder, labelling.split, namedLists(labelling.split)).map((file) => ({
    file,
    read: () => readLabelList(file, labelling),
  }));

const findOrdered = (folder: string, labelling: Labelling): FoundList[] =>
  findLists(folder, labelling.split, ORDERED_LISTS).map((file) => ({
    file,
    read: () => readOrderedLabels(file, readLines(file), labelling),
  }));

function findNumbered(folder: string, labelling: Labelling): FoundList[] {
  const { split } = labelling;
  const find = (name: string): string | undefined => findLists(folder, split, [name])[0];
  return findLists(folder, split, [NUMBERED_LIST]).map((file) => ({
    file,
    read: () => {
      const ids = readNumberedIds(file, find(KIT_TABLE), find(ID_LIST));
      return readOrderedLabels(file, ids, { ...labelling, labelFormat: 'names' });
    },
  }));
}

/** The class ids that stand behind the numbers of the development kit's list. */
function readNumberedIds(file: string, table: string | undefined, list: string | undefined): string[] {
  const source = table ?? list;
  if (source === undefined) {
    throw dataError(
      `${file} gives classes as ILSVRC2012 numbers: put the development kit's ${KIT_TABLE} beside it, or ${ID_LIST}, the ids in the order of those numbers`,
    );
  }
  const ids = table === undefined ? readIdList(source) : readIdTable(source);
  return readLines(file).map((number) => {
    const id = /^\d+$/.test(number) ? ids.get(Number(number)) : undefined;
    if (id === undefined) {
      throw dataError(`${file} names the class number ${number}, which ${source} does not have`);
    }
    return id;
  });
}

function readIdTable(file: string): Map<number, string> {
  try {
    const rows = readStructures(readList(file), 'synsets').map((row) => {
      const [number, id] = [row.get('ILSVRC2012_ID')?.[0], row.get('WNID')];
      if (typeof number !== 'number' || typeof id !== 'string') {
        throw new Error('a class of it has no ILSVRC2012_ID or no WNID');
      }
      return [number, id] as const;
    });
    return new Map(rows);
  } catch (error) {
    throw dataError(`${file} cannot be read: ${messageOf(error)}`, error);
  }
}

function readIdList(file: string): Map<number, string> {
  const ids = readLines(file).map((line) => line.split(/\s/)[0]!);
  const sorted = ids.every((id, i) => i === 0 || ids[i - 1]! < id);
  if (sorted && ids.length > 1) {
    // Caffe's file of the same name: its numbers are others, and every label would be wrong.
    throw dataError(
      `${file} is in sorted order, which is not that of the ILSVRC2012 numbers: use the development kit's ${KIT_TABLE}`,
    );
  }
  return new Map(ids.map((id, i) => [i + 1, id]));
}
