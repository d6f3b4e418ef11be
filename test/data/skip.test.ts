import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../src/data/sources/folder.ts';
import { openPack } from '../../src/data/pack/pack.ts';
import { skipInvalidImages } from '../../src/data/skip.ts';
import { describeSkipped } from '../../src/results/skipped.ts';
import { packInto, small } from './packs.ts';
import { withoutSuperuserRights } from '../support/unprivileged.ts';
import { temporaryFolder, writeFileIn } from './images.ts';

/** Two classes; ape has 40 and 2 images, bee 3 and 2. */
async function withBad(...paths: string[]): Promise<string> {
  const folder = await small();
  for (const path of paths) writeFileIn(folder, path, 'text');
  return folder;
}

const beePaths = (split: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${split}/bee/00${i}.jpg`);

describe('skipping bad images', () => {
  it.each([
    ['train', 3, 'training'],
    ['val', 2, 'validation'],
  ])('is refused if a class in %s would be empty', async (split, count, splitName) => {
    const folder = await withBad(...beePaths(split, count));
    const refused = {
      exitCode: 65,
      message: expect.stringMatching(
        new RegExp(
          `has no ${splitName} images of the class bee left: all ${count} are bad, such as \\S*${split}/bee/000.jpg, because \\S+${split}/bee/000.jpg is text, not an image: .* Replace them, or remove the class$`,
        ),
      ) as string,
    };
    await expect(skipInvalidImages(openFolder(folder), 1)).rejects.toMatchObject(refused);
    const file = join(temporaryFolder(), 'x.pack');
    await expect(packInto(file, folder, { onBadPicture: 'skip' })).rejects.toMatchObject(refused);
    expect(existsSync(file)).toBe(false);
  });

  it('counts skipped images by split and class, in training and in a pack', async () => {
    const folder = await withBad('train/ape/007.jpg', ...beePaths('train', 2), ...beePaths('val', 1));
    const counts = [
      { split: 'train', class: 'ape', skipped: 1, left: 39 },
      { split: 'train', class: 'bee', skipped: 2, left: 1 },
      { split: 'validation', class: 'bee', skipped: 1, left: 1 },
    ];
    const set = await skipInvalidImages(openFolder(folder), 1);
    expect(set.skippedByClass).toEqual(counts);
    expect(describeSkipped(set as Parameters<typeof describeSkipped>[0])).toBe(
      '4 bad images skipped: train ape 1 of 40, train bee 2 of 3, validation bee 1 of 2',
    );
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, folder, { onBadPicture: 'skip' });
    expect(openPack(file).skippedByClass).toEqual(counts);
  });

  it('also counts images that an interrupted packing skipped', async () => {
    const folder = await withBad('train/ape/007.jpg', 'val/bee/000.jpg');
    const file = join(temporaryFolder(), 'x.pack');
    const stop = (done: number): void => {
      if (done === 20) throw new Error('interrupted');
    };
    const options = { onBadPicture: 'skip', progress: stop } as const;
    await expect(packInto(file, folder, options)).rejects.toThrow('interrupted');
    await packInto(file, folder, { onBadPicture: 'skip' });
    expect(openPack(file).skippedByClass).toEqual([
      { split: 'train', class: 'ape', skipped: 1, left: 39 },
      { split: 'validation', class: 'bee', skipped: 1, left: 1 },
    ]);
  });

  it('keeps a dataset without bad images unchanged', async () => {
    const data = openFolder(await small());
    expect(await skipInvalidImages(data, 1)).toBe(data);
  });

  it('does not skip an image without read permission: exit code 77', async () => {
    const folder = await small();
    chmodSync(join(folder, 'train/bee/001.jpg'), 0);
    const entry = join(import.meta.dirname, '../../src/cli/doubletime.mjs');
    const file = join(temporaryFolder(), 'x.pack');
    const pack = ['data', 'pack', folder, '--out', file, '--on-bad-picture', 'skip'];
    const [program, args] = withoutSuperuserRights(process.execPath, [entry, ...pack]);
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `doubletime: ${folder}/train/bee/001.jpg cannot be read: permission denied`,
    );
    expect(status).toBe(77);
  });

  it('skips a FIFO and a dangling link without waiting', async () => {
    const folder = await small();
    execFileSync('mkfifo', [join(folder, 'train/ape/pipe.jpg')]);
    symlinkSync('nowhere', join(folder, 'train/ape/dangling.jpg'));
    const set = await skipInvalidImages(openFolder(folder), 1);
    expect(set.skippedByClass).toEqual([{ split: 'train', class: 'ape', skipped: 2, left: 40 }]);
  });
});
