import { cpSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintDataset } from '../../src/data/fingerprint.ts';
import { openFolder } from '../../src/data/sources/folder.ts';
import { temporaryFolder, writeFileIn } from './images.ts';

function imageFolderOf(count: number, bytes: (i: number) => Uint8Array | string): string {
  const folder = temporaryFolder();
  for (let i = 0; i < count; i++) writeFileIn(folder, `train/ape/${String(i).padStart(4, '0')}.jpg`, bytes(i));
  writeFileIn(folder, 'val/ape/1.jpg', 'v');
  return folder;
}

const fingerprint = (folder: string) => fingerprintDataset(openFolder(folder))!;

describe('fingerprintDataset', () => {
  it('changes its contents hash if an image changes but keeps its name and size', () => {
    const folder = imageFolderOf(3, String);
    const before = fingerprint(folder);
    expect(before).toMatchObject({ compared: 4, images: 4 });
    writeFileIn(folder, 'train/ape/0001.jpg', 'x');
    expect(fingerprint(folder).contents).not.toBe(before.contents);
  });

  it('changes only its times after touch, and keeps its contents hash in a copy', () => {
    const folder = imageFolderOf(3, String);
    const before = fingerprint(folder);
    utimesSync(join(folder, 'val/ape/1.jpg'), 1e9, 1e9);
    const touched = fingerprint(folder);
    expect(touched.times).not.toBe(before.times);
    expect(touched.contents).toBe(before.contents);
    const copy = join(temporaryFolder(), 'copy');
    cpSync(folder, copy, { recursive: true, preserveTimestamps: true });
    expect(fingerprint(copy).contents).toEqual(before.contents);
  });

  it('detects changes at the beginning and the end of large files', () => {
    const large = Buffer.alloc(2 ** 20 + 10);
    const folder = imageFolderOf(1, () => large);
    const before = fingerprint(folder);
    for (const at of [0, large.length - 1]) {
      const changed = Buffer.from(large);
      changed[at] = 1;
      writeFileIn(folder, 'train/ape/0000.jpg', changed);
      expect(fingerprint(folder).contents).not.toBe(before.contents);
    }
  });

  it('compares 1000 images spread over a larger dataset', () => {
    const folder = imageFolderOf(1003, String);
    const before = fingerprint(folder);
    expect(before).toMatchObject({ compared: 1000, images: 1004 });
    // Example 0 is the first of the 1000.
    writeFileIn(folder, 'train/ape/0000.jpg', 'x');
    expect(fingerprint(folder).contents).not.toBe(before.contents);
  });
});
