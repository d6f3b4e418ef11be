import { openFolder } from '../../src/data/sources/folder.ts';
import { buildPack } from '../../src/data/pack/build.ts';
import type { PackOptions } from '../../src/data/pack/build.ts';
import type { PackHeader } from '../../src/data/pack/format.ts';
import { imageFolder } from './images.ts';

/** Two classes with different numbers of images, few enough to be packed without threads. */
export const small = (): Promise<string> => imageFolder({ ape: { train: 40, val: 2 }, bee: { train: 3, val: 2 } });

/** One class with enough images to be packed by threads. */
export const large = (): Promise<string> => imageFolder({ ape: { train: 90, val: 2 } });

/** Packs a folder, by default to squares of 12 pixels. */
export const packInto = (file: string, source: string, options: Partial<PackOptions> = {}): Promise<PackHeader> =>
  buildPack(openFolder(source), {
    file,
    store: 'raw',
    resize: 'box',
    size: 12,
    onBadPicture: 'stop',
    workers: 2,
    progress: () => undefined,
    ...options,
  });
