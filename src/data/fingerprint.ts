import { createHash } from 'node:crypto';
import { sha256Of } from '../base/hash.ts';
import type { DatasetIndex } from './dataset.ts';
import { readAt, withRegularFile } from './file.ts';
import { nameAt } from './store.ts';

/** Detects image files that have changed while their names and sizes are still the same. */
export interface Fingerprint {
  /** sha256 over the times at which the images in use were last changed. */
  readonly times: string;
  /** sha256 over the contents of `compared` images. */
  readonly contents: string;
  readonly compared: number;
  readonly images: number;
}

const MAX_COMPARED = 1000;
/** Of a larger file, only the first and the last half of this number of bytes are compared. */
const MAX_FILE_BYTES = 2 ** 20;

/**
 * The fingerprint of a dataset of image files: the times of all images in use, and the contents of at most 1000 images, evenly
 * spread over both splits. Undefined for packs and memory: their sha256 covers the contents already.
 */
export function fingerprintDataset(data: DatasetIndex): Fingerprint | undefined {
  const { modified } = data;
  if (modified === undefined) return undefined;
  const times = createHash('sha256');
  const files: string[] = [];
  for (const split of ['train', 'validation'] as const) {
    const { store, indices } = data[split];
    if (store.kind !== 'files') return undefined;
    for (const image of indices) {
      times.update(`${modified[split](image)}\n`);
      files.push(`${store.folder}/${nameAt(store.names, image)}`);
    }
  }
  const compared = Math.min(MAX_COMPARED, files.length);
  const contents = createHash('sha256');
  for (let i = 0; i < compared; i++) {
    contents.update(hashCompared(files[Math.floor((i * files.length) / compared)]!));
  }
  return {
    times: times.digest('hex'),
    contents: contents.digest('hex'),
    compared,
    images: files.length,
  };
}

/** The sha256, in hex, of what is compared of a file. An unreadable file is no error here: decoding reports it. */
function hashCompared(file: string): string {
  try {
    return withRegularFile(file, (handle, size) => {
      const halfBytes = Math.min(size, MAX_FILE_BYTES / 2);
      const bytes = Buffer.allocUnsafe(size <= MAX_FILE_BYTES ? size : 2 * halfBytes);
      if (size <= MAX_FILE_BYTES) readAt(handle, bytes, 0);
      else {
        readAt(handle, bytes.subarray(0, halfBytes), 0);
        readAt(handle, bytes.subarray(halfBytes), size - halfBytes);
      }
      return sha256Of(bytes);
    });
  } catch {
    return 'unreadable';
  }
}
