import { readSync } from 'node:fs';

/** Reads exactly as many bytes as the target holds, or throws. */
export function readAt(handle: number, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(handle, target, at, target.length - at, position + at);
    if (read === 0) throw new RangeError(`the file ends at byte ${position + at}`);
    at += read;
  }
}
