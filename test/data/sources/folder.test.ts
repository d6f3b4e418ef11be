import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashDataset } from '../../../src/data/dataset.ts';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { imageName } from '../../../src/data/store.ts';
import type { Split } from '../../../src/data/store.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

/** Writes files with these paths. They are not images, because these tests decode nothing. */
function folderOf(...files: string[]): string {
  const folder = temporaryFolder();
  for (const file of files) writeFileIn(folder, file, 'x');
  return folder;
}

const imagesAndLabels = (folder: string, split: Split): [string, number][] =>
  [...split.indices].map((image, i) => [imageName(split.store, image).slice(folder.length + 1), split.labels[i]!]);

describe('openFolder', () => {
  it('finds images with every ending, in any case, at any depth, and nothing else', () => {
    const folder = folderOf(
      'train/b/images/1.JPEG',
      'train/b/boxes.txt',
      'train/a/.hidden.jpg',
      'train/a/2.PNG',
      'train/a/1.webp',
      'train/a/0.jpe',
      'val/a/3.jpg',
    );
    const data = openFolder(folder);
    expect(data.classes).toEqual(['a', 'b']);
    expect(imagesAndLabels(folder, data.train)).toEqual([
      ['train/a/0.jpe', 0],
      ['train/a/1.webp', 0],
      ['train/a/2.PNG', 0],
      ['train/b/images/1.JPEG', 1],
    ]);
    expect(imagesAndLabels(folder, data.validation)).toEqual([['val/a/3.jpg', 0]]);
  });

  it('ignores folders that storage servers, archives and file systems add', () => {
    const images = ['train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg'];
    const added = [
      'train/a/@eaDir/1.jpg/thumb.jpg',
      'train/@eaDir/x.jpg',
      'val/lost+found/x.jpg',
      '__MACOSX/train/x.jpg',
    ];
    const data = openFolder(folderOf(...images, ...added));
    expect(data.classes).toEqual(['a', 'b']);
    expect([data.train.labels.length, data.validation.labels.length]).toEqual([2, 1]);
  });

  it.each([
    ['ids first', 'b\tBee\na\tApe\n'],
    ['numbers first', '0\tb\tBee\n1\ta\tApe\n'],
    ['a heading', 'folder\tname\nb\tBee\na\tApe\n'],
  ])('uses the classes of classes.tsv in its order: %s', (_title, text) => {
    const folder = folderOf('train/a/1.jpg', 'train/b/1.jpg', 'val/b/1.jpg');
    writeFileIn(folder, 'classes.tsv', text);
    const data = openFolder(folder);
    expect(data.classes).toEqual(['b', 'a']);
    expect(data.titles).toEqual(['Bee', 'Ape']);
    expect(imagesAndLabels(folder, data.validation)).toEqual([['val/b/1.jpg', 0]]);
  });

  it('gives another sha256 if a file changes its size or its class', () => {
    const folder = folderOf('train/a/1.jpg', 'train/a/2.jpg', 'train/b/1.jpg', 'val/a/1.jpg');
    const hashes = [hashDataset(openFolder(folder))];
    writeFileIn(folder, 'train/a/1.jpg', 'xy');
    hashes.push(hashDataset(openFolder(folder)));
    renameSync(join(folder, 'train/a/2.jpg'), join(folder, 'train/b/2.jpg'));
    hashes.push(hashDataset(openFolder(folder)));
    expect(new Set(hashes).size).toBe(3);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'no train',
      (f) => {
        rmSync(join(f, 'train'), { recursive: true });
      },
      /has no folder train/,
    ],
    [
      'no val',
      (f) => {
        rmSync(join(f, 'val'), { recursive: true });
      },
      /has no folder val/,
    ],
    [
      'an empty class',
      (f) => {
        mkdirSync(join(f, 'train/c'));
      },
      /train\/c has no images/,
    ],
    [
      'an empty train',
      (f) => {
        rmSync(join(f, 'train/a'), { recursive: true });
        rmSync(join(f, 'train/b'), { recursive: true });
      },
      /train has no class folders/,
    ],
    [
      'a class in val only',
      (f) => {
        writeFileIn(f, 'val/z/1.jpg', 'x');
      },
      /val\/z is a class that is missing in train; rename the folder, or remove it/,
    ],
    [
      'a class that is missing in classes.tsv',
      (f) => {
        writeFileIn(f, 'classes.tsv', 'a\tx\n');
      },
      /train\/b is a class that is missing in classes.tsv/,
    ],
    [
      'a class in classes.tsv only',
      (f) => {
        writeFileIn(f, 'classes.tsv', 'a\nb\nq\n');
      },
      /classes.tsv has the line "q"/,
    ],
    [
      'a file instead of a folder',
      (f) => {
        rmSync(join(f, 'val'), { recursive: true });
        writeFileIn(f, 'val', 'x');
      },
      /val is a file, expected a folder/,
    ],
    [
      'a flat val without a list',
      (f) => {
        rmSync(join(f, 'val/a'), { recursive: true });
        writeFileIn(f, 'val/1.jpg', 'x');
      },
      /their list of labels is missing/,
    ],
  ])('refuses %s with exit code 65', (_title, spoil, message) => {
    const folder = folderOf('train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg');
    spoil(folder);
    expect(() => openFolder(folder)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) as string, exitCode: 65 }),
    );
  });

  it('refuses a missing folder with exit code 66', () => {
    const folder = join(folderOf('train/a/1.jpg'), 'elsewhere');
    expect(() => openFolder(folder)).toThrow(
      expect.objectContaining({ message: `the folder ${folder} does not exist: check the path`, exitCode: 66 }),
    );
  });
});
