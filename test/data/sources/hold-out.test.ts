import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { openDataset } from '../../../src/data/open.ts';
import { openPack } from '../../../src/data/pack/pack.ts';
import { imageName } from '../../../src/data/store.ts';
import type { Split } from '../../../src/data/store.ts';
import { doubletime } from '../../support/cli.ts';
import { imageFolder, temporaryFolder, writeFileIn } from '../images.ts';

/** Class folders without splits, such as Caltech-101, with other files beside them. Nothing is decoded. */
function classFolders(below = ''): string {
  const folder = temporaryFolder();
  for (const [name, count] of Object.entries({ ape: 20, bee: 7, cat: 2, dog: 1 })) {
    for (let i = 0; i < count; i++) writeFileIn(folder, `${below}${name}/${i}.jpg`, 'x');
  }
  writeFileIn(folder, `${below}notes.txt`, 'x');
  writeFileIn(folder, `${below}.DS_Store`, 'x');
  writeFileIn(folder, `${below}ape/Thumbs.db`, 'x');
  return folder;
}

const pathsOf = (folder: string, { store, indices }: Split): string[] =>
  [...indices].map((image) => imageName(store, image).slice(folder.length + 1));

const perClass = ({ labels }: Split): number[] =>
  [0, 1, 2, 3].map((label) => labels.filter((one) => one === label).length);

describe('a folder without validation images', () => {
  it.each([[''], ['train/']])('has the same fraction of each class held out, with the classes in "%s"', (below) => {
    const folder = classFolders(below);
    const { classes, train, validation, part } = openFolder(folder, { fraction: 0.3, seed: 0 });
    expect(classes).toEqual(['ape', 'bee', 'cat', 'dog']);
    // 0.3 of 20, 7, 2 and 1, rounded: at least one image, but never the only one.
    expect(perClass(validation)).toEqual([6, 2, 1, 0]);
    expect(perClass(train)).toEqual([14, 5, 1, 1]);
    const all = [...pathsOf(folder, train), ...pathsOf(folder, validation)];
    expect(new Set(all).size).toBe(30);
    expect(part).toBe('30 % of every class held out for validation, seed 0');
  });

  it('is split in the same way again, and in another way with another seed', () => {
    const folder = classFolders();
    const heldOut = (seed: number): string[] => pathsOf(folder, openFolder(folder, { fraction: 0.3, seed }).validation);
    expect(heldOut(0)).toEqual(heldOut(0));
    expect(heldOut(1)).not.toEqual(heldOut(0));
  });

  it('is refused without validationFraction, and the error suggests it', () => {
    const folder = classFolders();
    expect(() => openFolder(folder)).toThrow(
      /has no folder train: expected .* or a fraction to hold out for validation, such as validationFraction: 0.1/,
    );
  });

  it('is refused if no class has two images', () => {
    const folder = temporaryFolder();
    for (const name of ['ape', 'bee']) writeFileIn(folder, `${name}/1.jpg`, 'x');
    expect(() => openFolder(folder, { fraction: 0.5, seed: 0 })).toThrow(
      /has no class with two images, so none can be held out for validation/,
    );
  });

  it('is required for a hold-out: existing validation images are not ignored', () => {
    const folder = classFolders('train/');
    mkdirSync(join(folder, 'val'));
    expect(() => openFolder(folder, { fraction: 0.1, seed: 0 })).toThrow(expect.objectContaining({ exitCode: 78 }));
    const data = { source: 'pack', path: 'x.pack', input: 8, validationFraction: 0.1 };
    expect(() => dataSchema.parse(data)).toThrow(/is only for source: folder; a pack keeps the split/);
  });

  it('has the hold-out in its description and in a pack of it', async () => {
    const folder = join(await imageFolder({ ape: { train: 8, val: 0 }, bee: { train: 4, val: 0 } }), 'train');
    const data = {
      source: 'folder',
      path: folder,
      input: 8,
      validationFraction: 0.25,
      partSeed: 3,
    };
    const images = await openDataset(dataSchema.parse({ ...data, trainExamples: 4 }), augmentationSchema.parse({}), {
      workers: 1,
      prefetchBatches: 1,
    });
    expect(images.description).toMatchObject({ trainExamples: 4, validationExamples: 3 });
    expect(images.description.part).toBe(
      '25 % of every class held out for validation, seed 3; 4 of 9 train images: the same number per class if it has that many, part seed 3',
    );
    await images.close();
    const file = join(temporaryFolder(), 'x.pack');
    const args = ['data', 'pack', folder, '--out', file, '--size', '8', '--resize', 'box'];
    expect(doubletime([...args, '--validation-fraction', '0.25', '--part-seed', '3']).status).toBe(0);
    const packed = openPack(file);
    expect(packed.part).toBe('25 % of every class held out for validation, seed 3');
    expect([packed.train.indices.length, packed.validation.indices.length]).toEqual([9, 3]);
  });
});
