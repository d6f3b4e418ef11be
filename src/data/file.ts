import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Why a file cannot be read, where the system gives no reason; said so that it can follow its path. */
export class UnreadableFile extends Error {}

/** Reads exactly as many bytes as the target holds. @throws UnreadableFile, or the system's error. */
export function readAt(handle: number, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(handle, target, at, target.length - at, position + at);
    if (read === 0) throw new UnreadableFile(`ends too early, at byte ${position + at}`);
    at += read;
  }
}

/**
 * The whole of a file, without waiting at a FIFO for a writer who never comes.
 * @throws UnreadableFile, or the system's error.
 */
export function readRegularFile(file: string): Buffer {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new UnreadableFile('is not a regular file');
    const bytes = Buffer.allocUnsafe(stat.size);
    readAt(handle, bytes, 0);
    return bytes;
  } finally {
    closeSync(handle);
  }
}
