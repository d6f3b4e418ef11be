import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { configError, dataError } from '../../base/errors.ts';
import type { HoldOut } from './hold-out.ts';
import { subfolders } from './listing.ts';
import {
  findIgnoringCase,
  findNestedDatasets,
  isDataset,
  likelySplits,
  matchingTrainFolder,
  splitRole,
  VALIDATION_NAMES,
} from './split-names.ts';

/** The folders of both splits, relative to the dataset folder. */
export interface Splits {
  /** Empty if the class folders are in the dataset folder itself. */
  readonly train: string;
  /** Undefined if validation images are held out of the training images. */
  readonly validation: string | undefined;
  /** What readers of a result must know about the splits. */
  readonly warnings: readonly string[];
}

/**
 * Finds the folders of both splits, in upper or lower case: `train`, and `val`, `validation` or `valid`. If a config names the
 * validation folder, finds that one and the training folder that belongs to it.
 * @param requested the name of the validation folder in the config, if there is one.
 * @throws UserError exit code 65 if a folder is missing; 78 if the requested folder is missing, or if `holdOut` is set
 * although a validation folder exists.
 */
export function findSplits(folder: string, requested: string | undefined, holdOut: HoldOut | undefined): Splits {
  const names = subfolders(folder);
  if (requested !== undefined) return requestedSplits(folder, names, requested, holdOut);
  const train = onlyFolder(folder, findIgnoringCase(names, ['train']));
  const validation = onlyFolder(folder, findIgnoringCase(names, VALIDATION_NAMES));
  if (holdOut) {
    if (validation !== undefined) {
      throw configError(
        `${join(folder, validation)} exists: remove validationFraction, which is for folders without validation images`,
      );
    }
    if (train === undefined) refuseNestedDataset(folder);
    return { train: train ?? '', validation, warnings: [] };
  }
  if (train !== undefined && validation !== undefined) return { train, validation, warnings: [] };
  throw dataError(`${folder} has no folder ${describeMissing(folder, names, { train, validation })}`);
}

/** The only folder of a list; undefined if it is empty. @throws UserError exit code 65 if there are several. */
function onlyFolder(folder: string, found: readonly string[]): string | undefined {
  const [first, second] = found;
  if (second === undefined) return first;
  const names = found.join(' and ');
  throw dataError(
    first!.toLowerCase() === 'train'
      ? `${folder} has the folders ${names}: keep the one for training and rename the other`
      : `${folder} has the folders ${names}: choose one for validation, such as ${validationOption(first!)}`,
  );
}

const validationOption = (name: string): string => `validation: ${name} (--validation-split ${name})`;

function requestedSplits(
  folder: string,
  names: readonly string[],
  requested: string,
  holdOut: HoldOut | undefined,
): Splits {
  if (holdOut) {
    throw configError(`validation: ${requested} and validationFraction cannot be combined: remove one of them`);
  }
  const [validation = onlyFolder(folder, findIgnoringCase(names, [requested.toLowerCase()]))] = names.filter(
    (name) => name === requested,
  );
  if (validation === undefined) {
    throw configError(
      `${folder} has no folder ${requested} for validation, expected one of its folders: ${names.join(', ') || 'it has none'}`,
    );
  }
  const others = names.filter((name) => name !== validation);
  const train =
    onlyFolder(folder, findIgnoringCase(others, ['train'])) ??
    findIgnoringCase(others, ['training'])[0] ??
    matchingTrainFolder(others, validation);
  if (train === undefined) {
    throw dataError(
      `${folder} has no folder train beside ${validation}: rename the folder with the training images to train`,
    );
  }
  return { train, validation, warnings: splitWarnings(validation) };
}

const splitWarnings = (validation: string): string[] =>
  splitRole(validation) === 'test'
    ? [
        `the folder ${validation} is used for validation: its images decide when training stops, so they are not an independent test set`,
      ]
    : [];

/**
 * The missing folder and how to fix it. The text follows "has no folder".
 * @throws UserError exit code 65 if the dataset is in another folder, or a file is in the place of a folder.
 */
function describeMissing(
  folder: string,
  names: readonly string[],
  { train, validation }: { train: string | undefined; validation: string | undefined },
): string {
  const pair = likelySplits(names);
  const missing = train === undefined ? 'train' : 'val';
  if (pair !== undefined) {
    const isTest = splitRole(pair.validation) === 'test';
    return `${missing}, but ${pair.train} and ${pair.validation}: use ${validationOption(pair.validation)}${isTest ? ' to use the test images for validation' : ''}`;
  }
  if (train === undefined) {
    refuseSplitFolder(folder);
    refuseNestedDataset(folder);
  }
  if (existsSync(join(folder, missing))) throw dataError(`${join(folder, missing)} is a file, expected a folder`);
  const layout = `${missing}: expected train/<class>/* and val/<class>/*`;
  if (validation !== undefined) return layout;
  return `${layout}, or a fraction to hold out for validation, such as validationFraction: 0.1 (--validation-fraction 0.1)`;
}

/** @throws UserError exit code 65 if the folder is one split of a dataset. */
function refuseSplitFolder(folder: string): void {
  const dataset = dirname(folder);
  if (splitRole(basename(folder)) !== undefined && isDataset(dataset))
    throw dataError(`${folder} is one split of a dataset: use the path ${dataset}`);
}

/** @throws UserError exit code 65 if the dataset is in a folder below this one. */
function refuseNestedDataset(folder: string): void {
  const below = findNestedDatasets(folder);
  if (below.length === 0) return;
  const [first, second] = below;
  const shown = below.slice(0, 3).join(' and ');
  throw dataError(
    second === undefined
      ? `${folder} has no folder train, but ${shown} has one: use the path ${join(folder, first!)}`
      : `${folder} has no folder train, but ${shown} have one: choose one of them, such as ${join(folder, first!)}`,
  );
}
