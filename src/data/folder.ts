import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { configError, dataError, ExitCode, UserError } from '../base/errors.ts';
import { readClassList } from './class-list.ts';
import type { ClassList } from './class-list.ts';
import type { DataSet, Identity } from './dataset.ts';
import { findGroundTruth } from './ground-truth.ts';
import { heldOut, holdOutInWords } from './hold-out.ts';
import type { HoldOut } from './hold-out.ts';
import { picturesBelow, subfolders } from './listing.ts';
import type { PictureFile } from './listing.ts';
import { shareBytes, shareInts, shareNames } from './store.ts';
import type { Split } from './store.ts';

type Labelled = PictureFile & { readonly label: number };

const VALIDATION_NAMES = ['val', 'validation', 'valid'];

/**
 * The ImageFolder layout: train/<class>/... and val/<class>/..., pictures at any depth below a class. A flat val folder
 * is read with its ground-truth list (ground-truth.ts). Classes are the sorted folder names of train, or those of a
 * classes.tsv in its order. Where there is no val, `holdOut` takes a part of train or, where there is no train either, of
 * the class folders themselves.
 * @throws UserError exit code 65 naming the folder or file that is missing, empty or does not fit; 78 where a part shall
 * be held out and there is a val.
 */
export function openFolder(path: string, holdOut?: HoldOut): DataSet {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new UserError(`there is no folder ${folder}`, ExitCode.noInput);
  if (!statSync(folder).isDirectory()) throw dataError(`${folder} is not a folder`);
  const { train, validation } = findSplits(folder, holdOut);
  const { classes, titles } = findClasses(folder, train);
  const found = findInClasses(folder, train, classes);
  if (validation !== undefined) {
    const shown = findValidation(folder, validation, classes);
    return dataSetOf(folder, { classes, titles }, found, shown);
  }
  const [kept, held] = partHeldOut(found, classes.length, holdOut!);
  if (held.length === 0) {
    throw dataError(`${folder} has no class of two pictures: none can be held out for validation`);
  }
  const set = dataSetOf(folder, { classes, titles }, kept, held);
  return { ...set, part: holdOutInWords(holdOut!) };
}

/** The folders of both splits, relative to the data set's; train is empty where the classes lie in it directly. */
function findSplits(
  folder: string,
  holdOut: HoldOut | undefined,
): { train: string; validation: string | undefined } {
  const hasTrain = existsSync(join(folder, 'train'));
  const validation = VALIDATION_NAMES.find((name) => existsSync(join(folder, name)));
  if (holdOut) {
    if (validation === undefined) return { train: hasTrain ? 'train' : '', validation };
    throw configError(
      `${join(folder, validation)} is there: validationFraction is for folders without validation pictures`,
    );
  }
  if (hasTrain && validation !== undefined) return { train: 'train', validation };
  throw dataError(
    `${folder} has no folder ${hasTrain ? 'val' : 'train'}: expected train/<class>/* and val/<class>/*` +
      (validation === undefined
        ? `, or a part to hold out for validation, such as validationFraction: 0.1 (--validation-fraction 0.1)`
        : ''),
  );
}

function findClasses(
  folder: string,
  train: string,
): { classes: readonly string[]; titles: ClassList['titles'] } {
  const folders = subfolders(join(folder, train));
  const list = readClassList(folder, folders);
  const classes = list?.ids ?? folders;
  if (classes.length === 0) throw dataError(`${join(folder, train)} has no class folders`);
  return { classes, titles: list?.titles };
}

function dataSetOf(
  folder: string,
  { classes, titles }: { classes: readonly string[]; titles: ClassList['titles'] },
  train: readonly Labelled[],
  validation: readonly Labelled[],
): DataSet {
  return {
    source: 'folder',
    name: basename(folder),
    classes,
    ...(titles ? { titles } : {}),
    train: splitOf(folder, train),
    validation: splitOf(folder, validation),
    identities: { train: identityIn(train), validation: identityIn(validation) },
    skipped: [],
  };
}

const identityIn =
  (found: readonly PictureFile[]): Identity =>
  (picture) =>
    `${found[picture]!.path} ${found[picture]!.bytes}`;

function splitOf(folder: string, found: readonly Labelled[]): Split {
  return {
    store: {
      kind: 'files',
      folder,
      names: shareNames(found.map(({ path }) => path)),
      verified: shareBytes(new Uint8Array(found.length)),
    },
    indices: shareInts(found.map((_, i) => i)),
    labels: shareInts(found.map(({ label }) => label)),
  };
}

function findInClasses(folder: string, split: string, classes: readonly string[]): Labelled[] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const folders = subfolders(join(folder, split));
  const unknown = folders.find((name) => !labels.has(name));
  if (unknown !== undefined) {
    throw dataError(
      `${join(folder, split, unknown)} is a class that ${VALIDATION_NAMES.includes(split) ? 'train does not have' : 'classes.tsv does not name'}`,
    );
  }
  return folders.flatMap((name) => {
    const found = picturesBelow(folder, split === '' ? name : `${split}/${name}`);
    if (found.length === 0)
      throw dataError(`${join(folder, split, name)} holds no pictures: the class is empty`);
    return found.map((file) => ({ ...file, label: labels.get(name)! }));
  });
}

/** Class folders, or a flat folder with its list. */
function findValidation(folder: string, split: string, classes: readonly string[]): Labelled[] {
  const known = new Set(classes);
  const folders = subfolders(join(folder, split));
  if (folders.some((name) => known.has(name)) || (folders.length > 0 && folders[0] !== 'images')) {
    return findInClasses(folder, split, classes);
  }
  const found = picturesBelow(folder, split);
  if (found.length === 0) throw dataError(`${join(folder, split)} holds no pictures`);
  const paths = found.map(({ path }) => path);
  const labelOf = findGroundTruth(folder, split, classes, paths);
  return found.map((file) => ({ ...file, label: labelOf(file.path) }));
}

/** What stays for training, and what is held out of every class; both in the order of the paths. */
function partHeldOut(
  found: readonly Labelled[],
  classes: number,
  holdOut: HoldOut,
): [kept: Labelled[], held: Labelled[]] {
  const byClass: Labelled[][] = Array.from({ length: classes }, () => []);
  for (const file of found) byClass[file.label]!.push(file);
  const held = new Set(
    byClass.flatMap((files, label) =>
      [...heldOut(files.length, label, holdOut)].map((i) => files[i]!),
    ),
  );
  return [found.filter((file) => !held.has(file)), found.filter((file) => held.has(file))];
}
