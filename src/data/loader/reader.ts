import { closeSync, openSync, readFileSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { BadPicture, decodePicture } from '../decode/decode.ts';
import { readAt } from '../file.ts';
import { DIGEST_BYTES, digestOf } from '../digest.ts';
import type { Resizer, Size } from '../resize/resizer.ts';
import { pictureName } from '../store.ts';
import type { MemoryStore, PictureStore, RecordStore } from '../store.ts';

/** Brings pictures of any store into a resizer's memory as RGB. */
export class PictureReader {
  private readonly resizer: Resizer;
  private readonly handles = new Map<string, number>();

  constructor(resizer: Resizer) {
    this.resizer = resizer;
  }

  /**
   * Uint8 [height, width, 3] at the start of the resizer's memory.
   * @throws BadPicture whose message names the picture and the reason.
   */
  async read(store: PictureStore, picture: number): Promise<Size> {
    if (store.kind === 'memory') return this.copy(store, picture);
    try {
      if (store.kind === 'records' && store.encoding === 'raw') return this.readRaw(store, picture);
      const bytes = this.readEncoded(store, picture);
      return await decodePicture(bytes, (length) => this.resizer.source(length));
    } catch (error) {
      if (!(error instanceof BadPicture) && systemCodeOf(error) === undefined) throw error;
      throw new BadPicture(`${pictureName(store, picture)} ${reasonOf(error)}`, { cause: error });
    }
  }

  /** The file's own bytes, undecoded. */
  readEncoded(store: Exclude<PictureStore, MemoryStore>, picture: number): Buffer {
    if (store.kind === 'files') return readFileSync(pictureName(store, picture));
    const bytes = Buffer.allocUnsafe(store.lengths[picture]!);
    this.readRecord(store, picture, bytes);
    return bytes;
  }

  close(): void {
    for (const handle of this.handles.values()) closeSync(handle);
    this.handles.clear();
  }

  private copy({ side, pixels }: MemoryStore, picture: number): Size {
    const length = 3 * side ** 2;
    this.resizer.source(length).set(pixels.subarray(picture * length, (picture + 1) * length));
    return { width: side, height: side };
  }

  private readRaw(store: RecordStore, picture: number): Size {
    this.readRecord(store, picture, this.resizer.source(store.lengths[picture]!));
    return { width: store.widths[picture]!, height: store.heights[picture]! };
  }

  private readRecord(store: RecordStore, picture: number, out: Buffer): void {
    readAt(this.handleOf(store.file), out, store.offsets[picture]!);
    if (store.verified[picture] === 1) return;
    const expected = store.digests.subarray(DIGEST_BYTES * picture, DIGEST_BYTES * (picture + 1));
    if (!digestOf(out).equals(expected)) {
      throw new BadPicture('is damaged: its bytes have changed since it was packed');
    }
    store.verified[picture] = 1;
  }

  private handleOf(file: string): number {
    const known = this.handles.get(file);
    if (known !== undefined) return known;
    const handle = openSync(file, 'r');
    this.handles.set(file, handle);
    return handle;
  }
}

function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ENOENT') return 'is no longer there';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  return error instanceof BadPicture ? error.message : `cannot be read: ${messageOf(error)}`;
}
