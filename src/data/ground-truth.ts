import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dataError } from '../base/errors.ts';

/** Lists that name a file and its class in each line: Caffe's, Kaggle's, Tiny ImageNet's. */
const NAMED_LISTS = ['val.txt', 'val.tsv', 'val_annotations.txt', 'LOC_val_solution.csv'];
/** The development kit's list: a number a line, in the order of the files. */
const NUMBERED_LIST = 'ILSVRC2012_validation_ground_truth.txt';
/** The classes in the order of the development kit's numbers (ILSVRC2012_ID), an id a line. */
const NUMBERS = 'synsets.txt';

/**
 * The class of every picture of a flat validation folder, from the list that stands beside it or in it. A class is named
 * by its id, or by its position, from 0, in the sorted class list.
 * @throws UserError exit code 65 when there is no list, or it does not fit the pictures.
 */
export function findGroundTruth(
  folder: string,
  split: string,
  classes: readonly string[],
  paths: readonly string[],
): (path: string) => number {
  const places = [folder, join(folder, split)];
  const find = (name: string): string | undefined =>
    places.map((place) => join(place, name)).find((file) => existsSync(file));
  for (const name of NAMED_LISTS) {
    const file = find(name);
    if (file !== undefined) return namedLabels(file, classes);
  }
  const numbered = find(NUMBERED_LIST);
  if (numbered !== undefined) return numberedLabels(numbered, find(NUMBERS), classes, paths);
  throw dataError(
    `${join(folder, split)} holds pictures without class folders and there is no list of their classes: ` +
      `expected one of ${[...NAMED_LISTS, NUMBERED_LIST].join(', ')} in ${folder}`,
  );
}

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function namedLabels(file: string, classes: readonly string[]): (path: string) => number {
  const labels = new Map<string, number>();
  for (const line of linesOf(file)) {
    const [name = '', id = ''] = line.split(/[\s,]+/);
    if (id === 'PredictionString') continue;
    // Kaggle leaves the extension out.
    labels.set(stem(name), labelOf(id, classes, file));
  }
  return (path) => {
    const label = labels.get(stem(path));
    if (label === undefined) throw dataError(`${file} does not name the class of ${path}`);
    return label;
  };
}

const stem = (path: string): string => basename(path).replace(/\.[^.]*$/, '');

function labelOf(id: string, classes: readonly string[], file: string): number {
  const named = classes.indexOf(id);
  if (named >= 0) return named;
  const position = /^\d+$/.test(id) ? Number(id) : NaN;
  if (position < classes.length) return position;
  throw dataError(`${file} names the class ${id}, which train does not have`);
}

function numberedLabels(
  file: string,
  numbers: string | undefined,
  classes: readonly string[],
  paths: readonly string[],
): (path: string) => number {
  if (numbers === undefined) {
    throw dataError(
      `${file} gives classes as ILSVRC2012 numbers: put ${NUMBERS}, their ids in the order of the numbers (from the development kit's meta.mat), beside it`,
    );
  }
  const ids = linesOf(numbers);
  const lines = linesOf(file);
  if (lines.length !== paths.length) {
    throw dataError(`${file} has ${lines.length} lines for ${paths.length} pictures`);
  }
  const labels = new Map(
    paths.map((path, i) => [
      path,
      labelOf(ids[Number(lines[i]) - 1] ?? `number ${lines[i]!}`, classes, file),
    ]),
  );
  return (path) => labels.get(path)!;
}
