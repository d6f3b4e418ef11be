import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dataError, messageOf } from '../base/errors.ts';
import { readList } from './file.ts';
import { readStructures } from './matlab.ts';

/** Lists that name a file and its class in each line: Caffe's, Kaggle's, Tiny ImageNet's. */
const KAGGLE_LIST = 'LOC_val_solution.csv';
const NAMED_LISTS = ['val.txt', 'val.tsv', 'val_annotations.txt', KAGGLE_LIST];
/** TensorFlow models' lists: a class id a line, in the order of the files. */
const ORDERED_LISTS = ['imagenet_2012_validation_synset_labels.txt', 'synset_labels.txt'];
/** The development kit's list: a number (ILSVRC2012_ID) a line, in the order of the files. */
const NUMBERED_LIST = 'ILSVRC2012_validation_ground_truth.txt';
/** What says which class a number is: the kit's own table, or the ids in the order of the numbers, one a line. */
const KIT_TABLE = 'meta.mat';
const ID_LIST = 'synsets.txt';

/** Where a list may stand: beside or in the split's folder, in the development kit, and above ILSVRC/Data/CLS-LOC. */
const placesOf = (folder: string, split: string, name: string): string[] => [
  join(folder, name),
  join(folder, split, name),
  join(folder, 'ILSVRC2012_devkit_t12', 'data', name),
  ...(name === KAGGLE_LIST ? [join(folder, '..', '..', '..', name)] : []),
];

/** The class of a picture by its path. */
type LabelOf = (path: string) => number;

/**
 * The class of every picture of a flat validation folder, from the list that stands beside it or in it. A class is named
 * by its id, or by its position, from 0, in the sorted class list. `paths` are sorted.
 * @throws UserError exit code 65 when there is no list, or it does not fit the pictures.
 */
export function findGroundTruth(
  folder: string,
  split: string,
  classes: readonly string[],
  paths: readonly string[],
): LabelOf {
  const find = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => placesOf(folder, split, name)).find((file) => existsSync(file));
  const named = find(NAMED_LISTS);
  if (named !== undefined) return namedLabels(named, classes);
  const ordered = find(ORDERED_LISTS);
  if (ordered !== undefined) return orderedLabels(ordered, linesOf(ordered), classes, paths);
  const numbered = find([NUMBERED_LIST]);
  if (numbered !== undefined) {
    const ids = numberedIds(numbered, find([KIT_TABLE]), find([ID_LIST]));
    return orderedLabels(numbered, ids, classes, paths);
  }
  throw dataError(
    `${join(folder, split)} holds pictures without class folders and there is no list of their classes: ` +
      `expected one of ${[...NAMED_LISTS, ...ORDERED_LISTS, NUMBERED_LIST].join(', ')} in ${folder}`,
  );
}

const linesOf = (file: string): string[] =>
  readList(file)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function namedLabels(file: string, classes: readonly string[]): LabelOf {
  const labels = new Map<string, number>();
  const labelOf = labelFinder(file, classes);
  for (const line of linesOf(file)) {
    const [name, id] = nameAndId(line);
    // Kaggle's head line.
    if (id === 'PredictionString') continue;
    // Kaggle leaves the extension out.
    labels.set(stem(name), labelOf(id));
  }
  return (path) => {
    const label = labels.get(stem(path));
    if (label === undefined) throw dataError(`${file} does not name the class of ${path}`);
    return label;
  };
}

/** The file and the first word after it; names may hold spaces where tabs or commas part the columns. */
function nameAndId(line: string): [name: string, id: string] {
  const [, name = '', id = ''] =
    /^([^\t]+)\t+(\S+)/.exec(line) ??
    /^([^,]+),\s*(\S+)/.exec(line) ??
    /^(.+?)\s+(\S+)/.exec(line) ??
    [];
  return [name.trim(), id];
}

const stem = (path: string): string => basename(path).replace(/\.[^.]*$/, '');

/** Labels of classes by id or position. */
function labelFinder(file: string, classes: readonly string[]): (id: string) => number {
  const labels = new Map(classes.map((id, label) => [id, label]));
  return (id) => {
    const label = labels.get(id) ?? (/^\d+$/.test(id) ? Number(id) : NaN);
    if (label < classes.length) return label;
    throw dataError(`${file} names the class ${id}, which train does not have`);
  };
}

function orderedLabels(
  file: string,
  ids: readonly string[],
  classes: readonly string[],
  paths: readonly string[],
): LabelOf {
  if (ids.length !== paths.length) {
    throw dataError(`${file} has ${ids.length} lines for ${paths.length} pictures`);
  }
  const labelOf = labelFinder(file, classes);
  const labels = new Map(paths.map((path, i) => [path, labelOf(ids[i]!)]));
  return (path) => labels.get(path)!;
}

/** The class ids that stand behind the numbers of the development kit's list. */
function numberedIds(file: string, table: string | undefined, list: string | undefined): string[] {
  const source = table ?? list;
  if (source === undefined) {
    throw dataError(
      `${file} gives classes as ILSVRC2012 numbers: put the development kit's ${KIT_TABLE} beside it, or ${ID_LIST}, the ids in the order of those numbers`,
    );
  }
  const ids = table === undefined ? idsOfList(source) : idsOfTable(source);
  return linesOf(file).map((number) => {
    const id = ids.get(Number(number));
    if (id === undefined) {
      throw dataError(`${file} names the class number ${number}, which ${source} does not have`);
    }
    return id;
  });
}

function idsOfTable(file: string): Map<number, string> {
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

function idsOfList(file: string): Map<number, string> {
  const ids = linesOf(file).map((line) => line.split(/\s/)[0]!);
  const sorted = ids.every((id, i) => i === 0 || ids[i - 1]! < id);
  if (sorted && ids.length > 1) {
    // Caffe's file of the same name: its numbers are others, and every label would be wrong.
    throw dataError(
      `${file} is in sorted order, which is not that of the ILSVRC2012 numbers: use the development kit's ${KIT_TABLE}`,
    );
  }
  return new Map(ids.map((id, i) => [i + 1, id]));
}
