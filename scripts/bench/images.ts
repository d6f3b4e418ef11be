import { mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { ExitCode, UserError } from '../../src/base/errors.ts';

const IMAGE = /\.jpe?g$/i;

/** The paths of all JPEGs in a folder and its subfolders. */
function findImages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findImages(path);
    return IMAGE.test(entry.name) ? [path] : [];
  });
}

/** Creates a dataset folder with one class and `count` links to the JPEGs of a folder, repeated as needed. Returns its path. */
export function repeatImages(folder: string, count: number): string {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const files = isFolder ? findImages(resolve(folder)) : [];
  if (files.length === 0)
    throw new UserError(
      `${folder} ${isFolder ? 'contains no JPEGs' : 'is not a folder'}: expected JPEGs`,
      ExitCode.noInput,
    );
  const work = mkdtempSync(join(tmpdir(), 'doubletime-bench-'));
  for (const split of ['train', 'val']) mkdirSync(join(work, split, 'all'), { recursive: true });
  for (let i = 0; i < count; i++) {
    symlinkSync(files[i % files.length]!, join(work, 'train/all', `${String(i).padStart(6, '0')}.jpg`));
  }
  for (let i = 0; i < Math.min(64, count); i++) {
    symlinkSync(files[i % files.length]!, join(work, 'val/all', `${i}.jpg`));
  }
  return work;
}

/** Creates a folder of generated JPEGs (waves with noise). Returns its path. */
export async function makeImages(width: number, height: number, count: number): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'doubletime-bench-'));
  for (let i = 0; i < count; i++) {
    const pixels = Buffer.alloc(3 * width * height);
    for (let at = 0; at < pixels.length; at++) {
      const wave = 100 * Math.sin((at % (3 * width)) / (20 + i)) * Math.cos(at / (3 * width) / 15);
      pixels[at] = 128 + wave + ((at * 2654435761) >>> 28);
    }
    const raw = { width, height, channels: 3 } as const;
    writeFileSync(join(work, `${i}.jpg`), await sharp(pixels, { raw }).jpeg({ quality: 92 }).toBuffer());
  }
  return work;
}
