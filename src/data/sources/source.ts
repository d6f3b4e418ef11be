import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configError, dataError, ExitCode, UserError } from '../../base/errors.ts';
import type { DataConfig } from '../../config/data.ts';
import { openCifar10Binary } from './cifar10-binary.ts';
import { cifar10File } from './cifar10.ts';
import { openCifar100 } from './cifar100.ts';
import type { DatasetIndex } from '../dataset.ts';
import type { DataSize, DataSource } from './define.ts';
import { countFolderClasses, openFolder } from './folder.ts';
import type { FolderOptions } from './folder.ts';
import type { HoldOut } from './hold-out.ts';
import { openPack, readPackIndex } from '../pack/pack.ts';
import { openSynthetic } from './synthetic.ts';

export const cifar10: DataSource = {
  open: ({ path }) => (path === undefined ? openCifar10() : openCifar10Binary(path)),
  classes: () => 10,
  size: ({ path }) =>
    path === undefined ? { classes: 10, trainExamples: 50_000, validationExamples: 10_000 } : undefined,
};

export const cifar100: DataSource = { open: ({ path }) => openCifar100(path!), classes: () => 100 };

export const folder: DataSource = {
  open: (data) => openDetectedFolder(data.path!, holdOutFrom(data), data),
  classes: (data) => detectCifar(data.path!)?.classes ?? countFolderClasses(data.path!, holdOutFrom(data), data),
};

export const pack: DataSource = {
  open: ({ path }) => openPack(path!),
  classes: ({ path }) => readPackIndex(path!).header.classes.length,
};

export const synthetic: DataSource = {
  open: (data, side) => openSynthetic({ ...syntheticSize(data), side, seed: data.partSeed }),
  classes: (data) => syntheticSize(data).classes,
  size: syntheticSize,
};

function syntheticSize({ classes = 10, trainExamples, validationExamples }: DataConfig): DataSize {
  return {
    classes,
    trainExamples: trainExamples ?? 100 * classes,
    validationExamples: validationExamples ?? 20 * classes,
  };
}

const holdOutFrom = ({ validationFraction, partSeed }: DataConfig): HoldOut | undefined =>
  validationFraction === undefined ? undefined : { fraction: validationFraction, seed: partSeed };

function openCifar10(memoryLimitBytes?: number): DatasetIndex {
  const file = cifar10File();
  if (!existsSync(file)) {
    throw new UserError(`CIFAR-10 is missing (${file}): run \`npx doubletime data fetch cifar10\``, ExitCode.noInput);
  }
  return openPack(file, memoryLimitBytes);
}

/** Public datasets in their own formats, detected by their files. */
const FORMATS = [
  { file: 'train.bin', classes: 100, open: openCifar100 },
  { file: 'data_batch_1.bin', classes: 10, open: openCifar10Binary },
  { file: 'test_batch.bin', classes: 10, open: openCifar10Binary },
] as const;

const detectCifar = (path: string) => FORMATS.find(({ file }) => existsSync(join(path, file)));

/** Opens a folder of image files or of CIFAR's binary files. */
function openDetectedFolder(path: string, holdOut: HoldOut | undefined, options: FolderOptions): DatasetIndex {
  const format = detectCifar(path);
  if (format === undefined) {
    if (existsSync(join(path, 'data_batch_1')))
      throw dataError(
        `${path} is the Python version of CIFAR-10: use the binary version (cifar-10-batches-bin), or run \`npx doubletime data fetch cifar10\``,
      );
    return openFolder(path, holdOut, options);
  }
  refuseFolderOptions(path, holdOut, options);
  return format.open(path);
}

/**
 * Opens a dataset for a command: a pack, a folder of CIFAR's binary files, an image folder, or `cifar10`. Packs are read record
 * by record, so that each record keeps its name and is checked on its own.
 */
export function openSource(path: string, holdOut?: HoldOut, options: FolderOptions = {}): DatasetIndex {
  const pathExists = existsSync(path);
  if (pathExists && !statSync(path).isFile()) return openDetectedFolder(path, holdOut, options);
  if (!pathExists && path !== 'cifar10')
    throw new UserError(`the file or folder ${path} does not exist`, ExitCode.noInput);
  refuseFolderOptions(path, holdOut, options);
  return pathExists ? openPack(path, 0) : openCifar10(0);
}

function refuseFolderOptions(path: string, holdOut: HoldOut | undefined, { validation, labels }: FolderOptions): void {
  if (holdOut) {
    throw configError(`${path} has validation images: remove validationFraction, which is for folders without them`);
  }
  const given = Object.entries({ validation, labels }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw configError(`${path} is not a folder of image files: remove ${given.join(': ')}`);
}
