import { closeSync, openSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { BadPicture, decodePicture } from '../decode/decode.ts';
import type { Choose, Decoded } from '../decode/decode.ts';
import {
  exitCodeOfRead,
  isGarbled,
  NOT_UTF8,
  readAt,
  readRegularFile,
  UnreadableFile,
} from '../file.ts';
import { DIGEST_BYTES, digestOf } from '../digest.ts';
import type { Size } from '../resize/box.ts';
import type { Resizer } from '../resize/resizer.ts';
import { wholeOf } from '../resize/box.ts';
import type { Sampling } from '../resize/sampling.ts';
import { pictureName } from '../store.ts';
import type { FileStore, MemoryStore, PictureStore, RecordStore } from '../store.ts';

/** Brings pictures of any store into a resizer's memory as RGB. */
export class PictureReader {
  private readonly resizer: Resizer;
  private readonly handles = new Map<string, number>();

  constructor(resizer: Resizer) {
    this.resizer = resizer;
  }

  /**
   * A picture as `plan` wants it by its size: uint8 [height, width, 3] in the resizer's memory, until the next picture.
   * Only what the plan looks at is decoded, where that can be had. @throws BadPicture as `read`.
   */
  async sample(
    store: PictureStore,
    picture: number,
    plan: (picture: Size) => Sampling,
  ): Promise<Uint8Array> {
    let sampling: Sampling | undefined;
    const { held } = await this.read(store, picture, (size) => (sampling = plan(size)).part);
    return this.resizer.sample(held, sampling!);
  }

  /**
   * Brings a picture, or at least the part of it that is chosen, to the start of the resizer's memory: uint8
   * [height, width, 3]. @throws BadPicture whose message names the picture and the reason; its exit code tells a bad file
   * (65) from one that the system failed to read (74, 77).
   */
  async read(store: PictureStore, picture: number, choose: Choose = wholeOf): Promise<Decoded> {
    if (store.kind === 'memory') return this.copy(store, picture, choose);
    try {
      if (store.kind === 'records' && store.encoding === 'raw')
        return this.readRaw(store, picture, choose);
      const bytes = this.readEncoded(store, picture);
      return await this.decode(store, picture, bytes, choose);
    } catch (error) {
      if (!isAboutTheFile(error)) throw error;
      const name = pictureName(store, picture);
      const exitCode = exitCodeOfRead(error);
      throw new BadPicture(`${name} ${reasonOf(error, name)}`, { cause: error, exitCode });
    }
  }

  /**
   * The first time a file is decoded whole, so that damage is found in the first epoch and not when a late crop meets
   * it. Records of a pack were decoded when they were packed, and their digests are compared.
   */
  private async decode(
    store: FileStore | RecordStore,
    picture: number,
    bytes: Buffer,
    choose: Choose,
  ): Promise<Decoded> {
    const allocate = (length: number): Buffer => this.resizer.source(length);
    if (store.kind === 'records' || store.verified[picture] === 1) {
      return decodePicture(bytes, allocate, choose);
    }
    const decoded = await decodePicture(bytes, allocate);
    store.verified[picture] = 1;
    choose(decoded.picture);
    return decoded;
  }

  /** The file's own bytes, undecoded. */
  readEncoded(store: Exclude<PictureStore, MemoryStore>, picture: number): Buffer {
    if (store.kind === 'files') return readRegularFile(pictureName(store, picture));
    const bytes = Buffer.allocUnsafe(store.lengths[picture]!);
    this.readRecord(store, picture, bytes);
    return bytes;
  }

  close(): void {
    for (const handle of this.handles.values()) closeSync(handle);
    this.handles.clear();
  }

  private copy({ side, pixels }: MemoryStore, picture: number, choose: Choose): Decoded {
    const length = 3 * side ** 2;
    this.resizer.source(length).set(pixels.subarray(picture * length, (picture + 1) * length));
    return whole({ width: side, height: side }, choose);
  }

  private readRaw(store: RecordStore, picture: number, choose: Choose): Decoded {
    this.readRecord(store, picture, this.resizer.source(store.lengths[picture]!));
    return whole({ width: store.widths[picture]!, height: store.heights[picture]! }, choose);
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

/** A picture that lies there whole, whatever was chosen. */
function whole(picture: Size, choose: Choose): Decoded {
  choose(picture);
  return { picture, held: wholeOf(picture) };
}

/** Node's own codes (ERR_...) are about a call of ours. */
const isAboutTheFile = (error: unknown): boolean =>
  hasReason(error) || systemCodeOf(error)?.startsWith('ERR_') === false;

const hasReason = (error: unknown): error is Error =>
  error instanceof BadPicture || error instanceof UnreadableFile;

function reasonOf(error: unknown, name: string): string {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' && isGarbled(name)) return `cannot be read: ${NOT_UTF8}`;
  if (code === 'ENOENT') return 'is not there (any more), or is a link to nothing';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  return hasReason(error) ? error.message : `cannot be read: ${messageOf(error)}`;
}
