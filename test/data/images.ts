import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** A temporary folder for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-data-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** RGB bytes of a smooth image; each seed gives another image. */
export function pixelsOf(width: number, height: number, seed: number): Buffer {
  const pixels = Buffer.alloc(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels[at++] = (seed * 37 + (x * 255) / width) & 255;
      pixels[at++] = (y * 255) / height;
      pixels[at++] = (seed * 91 + x + y) & 255;
    }
  }
  return pixels;
}

/** The same image as a file's bytes. */
export function imageBytes(
  width: number,
  height: number,
  seed: number,
  format: 'jpeg' | 'png' = 'jpeg',
): Promise<Buffer> {
  const raw = { width, height, channels: 3 } as const;
  return sharp(pixelsOf(width, height, seed), { raw })
    .toFormat(format, { quality: 95 })
    .toBuffer();
}

export function writeFileIn(folder: string, path: string, bytes: Uint8Array | string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** train/ and val/ with this many different images per class, of different sizes. */
export async function imageFolder(counts: Readonly<Record<string, { train: number; val: number }>>): Promise<string> {
  const folder = temporaryFolder();
  let seed = 0;
  for (const [name, { train, val }] of Object.entries(counts)) {
    for (const [split, count] of [
      ['train', train],
      ['val', val],
    ] as const) {
      for (let i = 0; i < count; i++, seed++) {
        const bytes = await imageBytes(24 + (seed % 5) * 3, 20 + (seed % 3) * 7, seed);
        writeFileIn(folder, `${split}/${name}/${String(i).padStart(3, '0')}.jpg`, bytes);
      }
    }
  }
  return folder;
}
