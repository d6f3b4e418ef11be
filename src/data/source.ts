import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../base/errors.ts';
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

function openCifar10(): DataSet {
  const file = cifar10File();
  if (!existsSync(file)) {
    throw dataError(
      `CIFAR-10 is not on this machine (${file}): run \`npx doubletime data fetch cifar10\``,
    );
  }
  return openPack(file);
}

/** The data set at a path of the command line: a pack, a folder of CIFAR-100's binary files, an image folder; or cifar10. */
export function openSource(path: string, holdOut?: HoldOut): DataSet {
  if (path === 'cifar10' && !existsSync(path)) return openCifar10();
  if (!existsSync(path)) throw dataError(`there is no file or folder ${path}`);
  if (statSync(path).isFile()) return openPack(path);
  return existsSync(join(path, 'train.bin')) ? openCifar100(path) : openFolder(path, holdOut);
}
