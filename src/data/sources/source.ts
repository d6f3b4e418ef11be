import { statSync } from 'node:fs';
import { join } from 'node:path';
import { configError, dataError, ExitCode, UserError } from '../../base/errors.ts';
import { pathExists } from '../../base/files/stat.ts';
import { openCifar10Binary } from './cifar10-binary.ts';
import { openFetchedCifar10 } from './cifar10.ts';
import { openCifar100 } from './cifar100.ts';
import type { DatasetIndex } from '../dataset.ts';
import type { DataSize, DataSource } from './define.ts';
import { countFolderClasses, openFolder } from './folder.ts';
import type { FolderOptions } from './folder.ts';
import type { HoldOut } from './hold-out.ts';
import { openPack, readPackIndex } from '../pack/pack.ts';
import type { DataRequest } from '../request.ts';
import { openSynthetic } from './synthetic.ts';

/** CIFAR-10, from the downloaded pack or from its binary files in `path`. */
export const cifar10: DataSource = {
  path: 'folder',
  open: ({ path }) => (path === undefined ? openFetchedCifar10() : openCifar10Binary(path)),
  classes: () => 10,
  size: ({ path }) =>
    path === undefined ? { classes: 10, trainExamples: 50_000, validationExamples: 10_000 } : undefined,
};

/** CIFAR-100, from its binary files in `path`. */
export const cifar100: DataSource = {
  path: 'folder',
  needsPath: true,
  open: ({ path }) => openCifar100(path!),
  classes: () => 100,
};

/** A folder of image files. If it has CIFAR's binary files, it is read as that dataset. */
export const folder: DataSource = {
  path: 'folder',
  needsPath: true,
  options: ['validationFraction', 'validation', 'labels'],
  open: (data) => openDetectedFolder(data.path!, holdOutFrom(data), data),
  classes: (data) => detectCifar(data.path!)?.classes ?? countFolderClasses(data.path!, holdOutFrom(data), data),
};

/** A pack, the file `path`. */
export const pack: DataSource = {
  path: 'pack file',
  needsPath: true,
  open: ({ path }) => openPack(path!),
  classes: ({ path }) => readPackIndex(path!).header.classes.length,
};

/** Generated images. */
export const synthetic: DataSource = {
  options: ['classes'],
  open: (data, side) => openSynthetic({ ...syntheticSize(data), side, seed: data.partSeed }),
  classes: (data) => syntheticSize(data).classes,
  size: syntheticSize,
};

function syntheticSize({ classes = 10, trainExamples, validationExamples }: DataRequest): DataSize {
  return {
    classes,
    trainExamples: trainExamples ?? 100 * classes,
    validationExamples: validationExamples ?? 20 * classes,
  };
}

const holdOutFrom = ({ validationFraction, partSeed }: DataRequest): HoldOut | undefined =>
  validationFraction === undefined ? undefined : { fraction: validationFraction, seed: partSeed };

/** CIFAR's binary formats, detected by the first of their files that exists. */
const FORMATS = [
  { file: 'train.bin', classes: 100, open: openCifar100 },
  { file: 'data_batch_1.bin', classes: 10, open: openCifar10Binary },
  { file: 'test_batch.bin', classes: 10, open: openCifar10Binary },
] as const;

const detectCifar = (path: string) => FORMATS.find(({ file }) => pathExists(join(path, file)));

/** Opens a folder of image files or of CIFAR's binary files. @throws UserError as `openFolder`. */
function openDetectedFolder(path: string, holdOut: HoldOut | undefined, options: FolderOptions): DatasetIndex {
  const format = detectCifar(path);
  if (format === undefined) {
    if (pathExists(join(path, 'data_batch_1')))
      throw dataError(
        `${path} is the Python version of CIFAR-10: use the binary version (cifar-10-batches-bin), or run \`npx doubletime data fetch cifar10\``,
      );
    return openFolder(path, holdOut, options);
  }
  refuseFolderOptions(path, holdOut, options);
  return format.open(path);
}

/**
 * Opens a dataset for a command: a pack, a folder of CIFAR's binary files, an image folder, or `cifar10`. Packs are read
 * record by record, so that each record keeps its name and is checked separately.
 * @throws UserError exit code 66 if the path does not exist, 65 if data are missing or damaged, 78 if the options do not match
 * the dataset.
 */
export function openSource(path: string, holdOut?: HoldOut, options: FolderOptions = {}): DatasetIndex {
  const exists = pathExists(path);
  if (exists && !statSync(path).isFile()) return openDetectedFolder(path, holdOut, options);
  if (!exists && path !== 'cifar10')
    throw new UserError(
      `the file or folder ${path} does not exist: name a folder, a pack, or cifar10`,
      ExitCode.noInput,
    );
  refuseFolderOptions(path, holdOut, options);
  return exists ? openPack(path, 0) : openFetchedCifar10(0);
}

/** @throws UserError exit code 78 if there are options that only folders of image files have. */
function refuseFolderOptions(path: string, holdOut: HoldOut | undefined, { validation, labels }: FolderOptions): void {
  if (holdOut) {
    throw configError(`${path} has validation images: remove validationFraction, which is for folders without them`);
  }
  const option = Object.entries({ validation, labels }).find(([, value]) => value !== undefined);
  if (option === undefined) return;
  throw configError(`${path} is not a folder of image files: remove ${option.join(': ')}`);
}
