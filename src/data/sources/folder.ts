import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { pathExists } from '../../base/files/stat.ts';
import { classFolders, findClasses } from './class-folders.ts';
import type { ClassList } from './class-list.ts';
import type { DatasetIndex, Identity } from '../dataset.ts';
import { findGroundTruth, hasNamedList, refuseContradictingLists } from './ground-truth.ts';
import { chooseHeldOut, describeHoldOut } from './hold-out.ts';
import type { HoldOut } from './hold-out.ts';
import type { Labelling } from './label-list/label-list.ts';
import type { LabelFormat } from '../request.ts';
import { countLooseImages, IgnoredFiles, formatIgnoredFiles, findImagesBelow, subfolders } from './listing.ts';
import type { ImageFile, Search } from './listing.ts';
import { findSplits } from './splits.ts';
import { shareBytes, shareInts, shareNames } from '../store.ts';
import type { Split } from '../store.ts';

type LabelledFile = ImageFile & { readonly label: number };

/** Options for a folder with an ambiguous layout. */
export interface FolderOptions {
  /** The name of the folder with the validation images. */
  readonly validation?: string | undefined;
  /** How the labels of a list are read. */
  readonly labels?: LabelFormat | undefined;
}

/** A folder that is being read. */
interface FolderContext extends Search {
  readonly folder: string;
  readonly list: ClassList;
  readonly labels: LabelFormat | undefined;
}

/**
 * Reads a folder with the layout of torchvision's ImageFolder: train/<class>/... and val/<class>/..., with images at any depth
 * below a class. A val folder without class folders needs a list of labels (ground-truth.ts). If val is missing, `holdOut`
 * takes a fraction of train. If train is missing too, it takes a fraction of the class folders in `path`.
 * @throws UserError exit code 66 if the folder does not exist; 65 for a folder or file in it that is missing, empty or does
 * not match the others; 78 if the options name a missing folder, or ask for a hold-out although val exists.
 */
export function openFolder(path: string, holdOut?: HoldOut, options: FolderOptions = {}): DatasetIndex {
  const folder = existingFolder(path);
  const { train, validation, warnings } = findSplits(folder, options.validation, holdOut);
  const list = findClasses(folder, train);
  const context = { folder, list, ignored: new IgnoredFiles(), visited: new Map(), labels: options.labels };
  const trainFiles = findInClasses(context, train, true);
  if (validation !== undefined) {
    const validationFiles = findValidation(context, validation);
    return { ...toDatasetIndex(context, trainFiles, validationFiles), ...(warnings.length > 0 && { warnings }) };
  }
  const [kept, heldOut] = holdOutFiles(trainFiles, list.ids.length, holdOut!);
  if (heldOut.length === 0) {
    throw dataError(`${folder} has no class with two images, so none can be held out for validation: add images`);
  }
  return { ...toDatasetIndex(context, kept, heldOut), part: describeHoldOut(holdOut!) };
}

/** The number of classes in a folder, found without listing its images. @throws UserError as `openFolder`. */
export function countFolderClasses(path: string, holdOut: HoldOut | undefined, { validation }: FolderOptions): number {
  const folder = existingFolder(path);
  return findClasses(folder, findSplits(folder, validation, holdOut).train).ids.length;
}

function existingFolder(path: string): string {
  const folder = resolve(path);
  if (!pathExists(folder)) throw new UserError(`the folder ${folder} does not exist: check the path`, ExitCode.noInput);
  if (!statSync(folder).isDirectory()) throw dataError(`${folder} is a file, expected a folder`);
  return folder;
}

function toDatasetIndex(
  { folder, list: { ids, titles }, ignored }: FolderContext,
  train: readonly LabelledFile[],
  validation: readonly LabelledFile[],
): DatasetIndex {
  return {
    source: 'folder',
    name: basename(folder),
    classes: ids,
    ...(titles ? { titles } : {}),
    train: toSplit(folder, train),
    validation: toSplit(folder, validation),
    identities: { train: toIdentities(train), validation: toIdentities(validation) },
    modified: { train: modificationTimes(train), validation: modificationTimes(validation) },
    skipped: [],
    ignoredFiles: ignored.toRecord(),
  };
}

const toIdentities =
  (found: readonly ImageFile[]): Identity =>
  (image) =>
    `${found[image]!.path} ${found[image]!.bytes}`;

const modificationTimes =
  (found: readonly ImageFile[]) =>
  (image: number): number =>
    found[image]!.modified;

function toSplit(folder: string, found: readonly LabelledFile[]): Split {
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

/** @throws UserError exit code 65 if a class has no images. */
function findInClasses(context: FolderContext, split: string, isTrain: boolean): LabelledFile[] {
  const { folder, list, ignored, visited } = context;
  countLooseImages(join(folder, split), ignored);
  return classFolders(folder, split, list.ids, isTrain).flatMap(({ path, label }) => {
    const ignoredHere = new IgnoredFiles();
    const found = findImagesBelow(folder, path, { ignored: ignoredHere, visited });
    ignored.addAll(ignoredHere);
    if (found.length > 0) return found.map((file) => ({ ...file, label }));
    const others = formatIgnoredFiles(ignoredHere.toRecord());
    const details = others === '' ? '' : ` (ignored files: ${others})`;
    throw dataError(`${join(folder, path)} has no images${details}: add images, or remove the folder`);
  });
}

/** The validation images, from class folders or from a folder without them and a list of labels. */
function findValidation(context: FolderContext, split: string): LabelledFile[] {
  const { folder, list, labels } = context;
  const classes = { names: list.ids, numbers: list.numbers };
  const isFlat = !hasClassFolders(context, split);
  const found = isFlat ? findImagesBelow(folder, split, context) : findInClasses(context, split, false);
  if (found.length === 0) throw dataError(`${join(folder, split)} has no images: add the validation images`);
  const paths = found.map(({ path }) => path);
  const labelling: Labelling = { paths, split, classes, labelFormat: labels };
  if (isFlat) {
    const listed = findGroundTruth(folder, labelling);
    return found.map((file, i) => ({ ...file, label: listed[i]! }));
  }
  const labelled = found as LabelledFile[];
  const folderLabels = labelled.map(({ label }) => label);
  refuseContradictingLists(folder, labelling, folderLabels);
  return labelled;
}

function hasClassFolders({ folder, list }: FolderContext, split: string): boolean {
  const folders = subfolders(join(folder, split));
  const known = new Set(list.ids.map((name) => name.normalize('NFC')));
  if (folders.some((name) => known.has(name.normalize('NFC')))) return true;
  return folders.length > 0 && folders[0] !== 'images' && !hasNamedList(folder, split);
}

/** Divides the images of each class into training images and held-out images; both in the order of the paths. */
function holdOutFiles(
  found: readonly LabelledFile[],
  classes: number,
  holdOut: HoldOut,
): [kept: LabelledFile[], heldOut: LabelledFile[]] {
  const byClass: LabelledFile[][] = Array.from({ length: classes }, () => []);
  for (const file of found) byClass[file.label]!.push(file);
  const heldOut = new Set(
    byClass.flatMap((files, label) => [...chooseHeldOut(files.length, label, holdOut)].map((i) => files[i]!)),
  );
  return [found.filter((file) => !heldOut.has(file)), found.filter((file) => heldOut.has(file))];
}
