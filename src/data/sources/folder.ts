import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { classFolders, findClasses } from './class-folders.ts';
import type { ClassList } from './class-list.ts';
import type { DatasetIndex, Identity } from '../dataset.ts';
import { findGroundTruth, hasNamedList, refuseContradictingLists } from './ground-truth.ts';
import { holdOutSplit, describeHoldOut } from './hold-out.ts';
import type { HoldOut } from './hold-out.ts';
import type { Labelling } from './label-list/label-list.ts';
import type { LabelFormat } from '../request.ts';
import { countLooseImages, IgnoredFiles, formatIgnoredFiles, findImagesBelow, subfolders } from './listing.ts';
import type { ImageFile } from './listing.ts';
import { findSplits } from './splits.ts';
import { shareBytes, shareInts, shareNames } from '../store.ts';
import type { Split } from '../store.ts';

type Labelled = ImageFile & { readonly label: number };

/** How to read a folder if its layout is ambiguous. */
export interface FolderOptions {
  /** The name of the folder with the validation images. */
  readonly validation?: string | undefined;
  /** What the labels of a list are. */
  readonly labels?: LabelFormat | undefined;
}

/** A folder that is being read. */
interface FolderContext {
  readonly folder: string;
  readonly list: ClassList;
  readonly passedOver: IgnoredFiles;
  readonly labels: LabelFormat | undefined;
}

/**
 * Reads a folder with the ImageFolder layout: train/<class>/... and val/<class>/..., with images at any depth below a class. A
 * flat val folder needs a list of labels (ground-truth.ts). Without val, `holdOut` takes a fraction of train or, without
 * train too, of the class folders themselves.
 * @throws UserError exit code 65 for a folder or file that is missing, empty or does not fit; 78 if the options name a missing
 * folder, or ask for a hold-out although val exists.
 */
export function openFolder(path: string, holdOut?: HoldOut, options: FolderOptions = {}): DatasetIndex {
  const folder = existingFolder(path);
  const { train, validation, warnings } = findSplits(folder, options.validation, holdOut);
  const list = findClasses(folder, train);
  const reading = { folder, list, passedOver: new IgnoredFiles(), labels: options.labels };
  const found = findInClasses(reading, train, true);
  if (validation !== undefined) {
    const shown = findValidation(reading, validation);
    return { ...toDatasetIndex(reading, found, shown), ...(warnings.length > 0 && { warnings }) };
  }
  const [kept, held] = holdOutPart(found, list.ids.length, holdOut!);
  if (held.length === 0) {
    throw dataError(`${folder} has no class with two images, so none can be held out for validation: add images`);
  }
  return { ...toDatasetIndex(reading, kept, held), part: describeHoldOut(holdOut!) };
}

/** The number of classes in a folder. @throws UserError as `openFolder`. */
export function countFolderClasses(path: string, holdOut: HoldOut | undefined, { validation }: FolderOptions): number {
  const folder = existingFolder(path);
  return findClasses(folder, findSplits(folder, validation, holdOut).train).ids.length;
}

function existingFolder(path: string): string {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new UserError(`the folder ${folder} does not exist`, ExitCode.noInput);
  if (!statSync(folder).isDirectory()) throw dataError(`${folder} is not a folder`);
  return folder;
}

function toDatasetIndex(
  { folder, list: { ids, titles }, passedOver }: FolderContext,
  train: readonly Labelled[],
  validation: readonly Labelled[],
): DatasetIndex {
  return {
    source: 'folder',
    name: basename(folder),
    classes: ids,
    ...(titles ? { titles } : {}),
    train: splitOf(folder, train),
    validation: splitOf(folder, validation),
    identities: { train: identitiesOf(train), validation: identitiesOf(validation) },
    modified: { train: modificationTimes(train), validation: modificationTimes(validation) },
    skipped: [],
    passedOver: passedOver.toRecord(),
  };
}

const identitiesOf =
  (found: readonly ImageFile[]): Identity =>
  (image) =>
    `${found[image]!.path} ${found[image]!.bytes}`;

const modificationTimes =
  (found: readonly ImageFile[]) =>
  (image: number): number =>
    found[image]!.modified;

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

function findInClasses({ folder, list, passedOver }: FolderContext, split: string, isTrain: boolean): Labelled[] {
  countLooseImages(join(folder, split), passedOver);
  return classFolders(folder, split, list.ids, isTrain).flatMap(({ path, label }) => {
    const here = new IgnoredFiles();
    const found = findImagesBelow(folder, path, here);
    passedOver.addAll(here);
    if (found.length > 0) return found.map((file) => ({ ...file, label }));
    const others = formatIgnoredFiles(here.toRecord());
    throw dataError(
      `${join(folder, path)} has no images: the class is empty${others === '' ? '' : ` (ignored files: ${others})`}`,
    );
  });
}

/** The validation images, from class folders or from a flat folder with a list of labels. */
function findValidation(reading: FolderContext, split: string): Labelled[] {
  const { folder, list, labels, passedOver } = reading;
  const classes = { names: list.ids, numbers: list.numbers };
  const isFlat = !hasClassFolders(reading, split);
  const found = isFlat ? findImagesBelow(folder, split, passedOver) : findInClasses(reading, split, false);
  if (found.length === 0) throw dataError(`${join(folder, split)} has no images`);
  const paths = found.map(({ path }) => path);
  const labelling: Labelling = { paths, split, classes, labelFormat: labels };
  if (isFlat) {
    const labelOf = findGroundTruth(folder, labelling);
    return found.map((file, i) => ({ ...file, label: labelOf[i]! }));
  }
  const labelled = found as Labelled[];
  const given = labelled.map(({ label }) => label);
  refuseContradictingLists(folder, labelling, given);
  return labelled;
}

function hasClassFolders({ folder, list }: FolderContext, split: string): boolean {
  const folders = subfolders(join(folder, split));
  const known = new Set(list.ids.map((name) => name.normalize('NFC')));
  if (folders.some((name) => known.has(name.normalize('NFC')))) return true;
  return folders.length > 0 && folders[0] !== 'images' && !hasNamedList(folder, split);
}

/** Splits the images into training images and held-out images per class; both in the order of the paths. */
function holdOutPart(
  found: readonly Labelled[],
  classes: number,
  holdOut: HoldOut,
): [kept: Labelled[], held: Labelled[]] {
  const byClass: Labelled[][] = Array.from({ length: classes }, () => []);
  for (const file of found) byClass[file.label]!.push(file);
  const held = new Set(
    byClass.flatMap((files, label) => [...holdOutSplit(files.length, label, holdOut)].map((i) => files[i]!)),
  );
  return [found.filter((file) => !held.has(file)), found.filter((file) => held.has(file))];
}
