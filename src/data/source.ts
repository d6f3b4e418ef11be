import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configError, dataError, ExitCode, UserError } from '../base/errors.ts';
import type { DataConfig } from '../config/data.ts';
import { cifar10File } from './cifar10.ts';
import { openCifar100 } from './cifar100.ts';
import type { DataSet } from './dataset.ts';
import { openFolder } from './folder.ts';
import type { HoldOut } from './hold-out.ts';
import { openPack } from './pack.ts';
import { openSynthetic } from './synthetic.ts';

/** The whole data set that a config names; generated pictures are `syntheticSide` pixels square. */
export function findDataSet(data: DataConfig, syntheticSide: number): DataSet {
  if (data.source === 'cifar10') return openCifar10();
  if (data.source === 'pack') return openPack(data.path!);
  if (data.source === 'cifar100') return openCifar100(data.path!);
  if (data.source === 'folder') return openFolder(data.path!, holdOutOf(data));
  const classes = data.classes ?? 10;
  return openSynthetic({
    classes,
    trainExamples: data.trainExamples ?? 100 * classes,
    validationExamples: data.validationExamples ?? 20 * classes,
    side: syntheticSide,
    seed: data.partSeed,
  });
}

const holdOutOf = ({ validationFraction, partSeed }: DataConfig): HoldOut | undefined =>
  validationFraction === undefined ? undefined : { fraction: validationFraction, seed: partSeed };

function openCifar10(memoryLimitBytes?: number): DataSet {
  const file = cifar10File();
  if (!existsSync(file)) {
    throw dataError(
      `CIFAR-10 is not on this machine (${file}): run \`npx doubletime data fetch cifar10\``,
    );
  }
  return openPack(file, memoryLimitBytes);
}

/**
 * The data set at a path of the command line: a pack, a folder of CIFAR-100's binary files, an image folder; or cifar10.
 * Records of packs stay in their file, where each has its name and is checked by itself.
 */
export function openSource(path: string, holdOut?: HoldOut): DataSet {
  if (!existsSync(path)) {
    if (path !== 'cifar10')
      throw new UserError(`there is no file or folder ${path}`, ExitCode.noInput);
    refuseHoldOut(path, holdOut);
    return openCifar10(0);
  }
  const isPack = statSync(path).isFile();
  if (!isPack && !existsSync(join(path, 'train.bin'))) return openFolder(path, holdOut);
  refuseHoldOut(path, holdOut);
  return isPack ? openPack(path, 0) : openCifar100(path);
}

function refuseHoldOut(path: string, holdOut: HoldOut | undefined): void {
  if (!holdOut) return;
  throw configError(
    `${path} has validation pictures: validationFraction is for folders without them`,
  );
}
