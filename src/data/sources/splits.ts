import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configError, dataError } from '../../base/errors.ts';
import type { HoldOut } from './hold-out.ts';
import { subfolders } from './listing.ts';
import { findNestedDatasets, likelySplits, findNames, splitRole, matchingTrainFolder } from './split-names.ts';

const VALIDATION_NAMES = ['val', 'validation', 'valid'];

/** Where the images of both splits lie, relative to the dataset's folder. */
export interface Splits {
  /** Empty where the class folders lie in the dataset's folder itself. */
  readonly train: string;
  /** Undefined where a part of the training images is held out. */
  readonly validation: string | undefined;
  /** What those who read the result have to know. */
  readonly warnings: readonly string[];
}

/**
 * Finds the folders of both splits: `train`, and `val`, `validation` or `valid`, in capitals or not; or the folder that is
 * `wanted` for validation, with the one for training beside it.
 * @throws UserError exit code 65 naming what is missing and what the folder has in its place; 78 where the wanted folder is
 * not there, or a part shall be held out although there is a validation folder.
 */
export function findSplits(folder: string, wanted: string | undefined, holdOut: HoldOut | undefined): Splits {
  const names = subfolders(folder);
  if (wanted !== undefined) return requestedSplits(folder, names, wanted, holdOut);
  const train = onlyFolder(folder, findNames(names, ['train']));
  const validation = onlyFolder(folder, findNames(names, VALIDATION_NAMES));
  if (holdOut) {
    if (validation !== undefined) {
      throw configError(
        `${join(folder, validation)} is there: validationFraction is for folders without validation images`,
      );
    }
    if (train === undefined) refuseNestedDataset(folder);
    return { train: train ?? '', validation, warnings: [] };
  }
  if (train !== undefined && validation !== undefined) return { train, validation, warnings: [] };
  throw dataError(`${folder} has no folder ${describeMissing(folder, names, { train, validation })}`);
}

function onlyFolder(folder: string, found: readonly string[]): string | undefined {
  const [first, second] = found;
  if (second === undefined) return first;
  const names = found.join(' and ');
  throw dataError(
    first!.toLowerCase() === 'train'
      ? `${folder} has the folders ${names}: which one is for training? rename the other`
      : `${folder} has the folders ${names}: say which one is for validation, as in ${validationOption(first!)}`,
  );
}

const validationOption = (name: string): string => `validation: ${name} (--validation-split ${name})`;

function requestedSplits(folder: string, names: readonly string[], wanted: string, holdOut: HoldOut | undefined): Splits {
  if (holdOut) {
    throw configError(`validation: ${wanted} and validationFraction exclude each other: leave one of them out`);
  }
  const [validation = onlyFolder(folder, findNames(names, [wanted.toLowerCase()]))] = names.filter((name) => name === wanted);
  if (validation === undefined) {
    throw configError(`${folder} has no folder ${wanted} for validation: it has ${names.join(', ') || 'no folders'}`);
  }
  const others = names.filter((name) => name !== validation);
  const train =
    onlyFolder(folder, findNames(others, ['train'])) ?? findNames(others, ['training'])[0] ?? matchingTrainFolder(others, validation);
  if (train === undefined) {
    throw dataError(
      `${folder} has no folder train beside ${validation}: rename the one with the training images to train`,
    );
  }
  return { train, validation, warnings: warningsFor(validation) };
}

const warningsFor = (validation: string): string[] =>
  splitRole(validation) === 'test'
    ? [
        `the folder ${validation} is used for validation: its images decide when training stops, so they are no independent test`,
      ]
    : [];

/** What is missing, and what to do about it. */
function describeMissing(
  folder: string,
  names: readonly string[],
  { train, validation }: { train: string | undefined; validation: string | undefined },
): string {
  const pair = likelySplits(names);
  const what = train === undefined ? 'train' : 'val';
  if (pair !== undefined) {
    const isTest = splitRole(pair.validation) === 'test';
    return `${what}, but ${pair.train} and ${pair.validation}: say ${validationOption(pair.validation)}${isTest ? ' to take the test images for validation' : ''}`;
  }
  if (train === undefined) refuseNestedDataset(folder);
  if (existsSync(join(folder, what))) throw dataError(`${join(folder, what)} is a file, expected a folder`);
  const layout = `${what}: expected train/<class>/* and val/<class>/*`;
  if (validation !== undefined) return layout;
  return `${layout}, or a part to hold out for validation, such as validationFraction: 0.1 (--validation-fraction 0.1)`;
}

/** @throws UserError exit code 65 where the dataset lies in a folder below this one. */
function refuseNestedDataset(folder: string): void {
  const below = findNestedDatasets(folder);
  if (below.length === 0) return;
  const [first] = below;
  throw dataError(
    `${folder} has no folder train, but ${below.slice(0, 3).join(' and ')} has one: give ${join(folder, first!)} as the path`,
  );
}
