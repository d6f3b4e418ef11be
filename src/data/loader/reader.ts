import { closeSync, openSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { REPLACE } from '../decode/bad-image.ts';
import { InvalidImageError, decodeImage } from '../decode/decode.ts';
import type { ChooseBox, Decoded } from '../decode/decode.ts';
import { readErrorExitCode, isNotUtf8, NOT_UTF8, readAt, readImageFile, UnreadableFile } from '../file.ts';
import { DIGEST_BYTES, computeDigest } from '../digest.ts';
import type { Size } from '../resize/box.ts';
import type { Resizer } from '../resize/resizer.ts';
import { fullBox } from '../resize/box.ts';
import type { Sampling } from '../resize/sampling.ts';
import { imageName } from '../store.ts';
import type { FileStore, MemoryStore, ImageStore, RecordStore } from '../store.ts';

/** Reads images of any store into a resizer's memory as RGB. */
export class ImageReader {
  private readonly resizer: Resizer;
  private readonly handles = new Map<string, number>();

  constructor(resizer: Resizer) {
    this.resizer = resizer;
  }

  /**
   * Reads an image and resamples it by the plan for its size: uint8 [height, width, 3] in the resizer's memory, valid until
   * the next image. Only the part that the plan needs is decoded, if the format allows it.
   * @throws InvalidImageError as `read`.
   */
  async sample(store: ImageStore, image: number, plan: (image: Size) => Sampling): Promise<Uint8Array> {
    let sampling: Sampling | undefined;
    const { held } = await this.read(store, image, (size) => (sampling = plan(size)).part);
    return this.resizer.sample(held, sampling!);
  }

  /**
   * Reads an image, or at least the chosen part of it, to the start of the resizer's memory: uint8 [height, width, 3].
   * @throws InvalidImageError with the image's name and the reason: exit code 65 for a bad file, 74 or 77 for a file that the
   * system cannot read.
   */
  async read(store: ImageStore, image: number, choose: ChooseBox = fullBox): Promise<Decoded> {
    if (store.kind === 'memory') return this.copy(store, image, choose);
    try {
      if (store.kind === 'records' && store.encoding === 'raw') return this.readRaw(store, image, choose);
      const bytes = this.readEncoded(store, image);
      return await this.decode(store, image, bytes, choose);
    } catch (error) {
      if (!isFileProblem(error)) throw error;
      const name = imageName(store, image);
      const exitCode = readErrorExitCode(error);
      throw new InvalidImageError(`${name} ${describeProblem(error, name)}`, { cause: error, exitCode });
    }
  }

  /**
   * A file is decoded completely the first time, so that damage is found in the first epoch and not by a later crop. The
   * records of a pack were decoded when they were packed, and their digests are checked.
   */
  private async decode(
    store: FileStore | RecordStore,
    image: number,
    bytes: Buffer,
    choose: ChooseBox,
  ): Promise<Decoded> {
    const allocate = (length: number): Buffer => this.resizer.source(length);
    if (store.kind === 'records' || store.verified[image] === 1) {
      return decodeImage(bytes, allocate, choose);
    }
    const decoded = await decodeImage(bytes, allocate);
    store.verified[image] = 1;
    choose(decoded.image);
    return decoded;
  }

  /** The bytes of an image's file or record, not decoded. @throws InvalidImageError, UnreadableFile, or the system's error. */
  readEncoded(store: Exclude<ImageStore, MemoryStore>, image: number): Buffer {
    if (store.kind === 'files') return readImageFile(imageName(store, image));
    const bytes = Buffer.allocUnsafe(store.lengths[image]!);
    this.readRecord(store, image, bytes);
    return bytes;
  }

  close(): void {
    for (const handle of this.handles.values()) closeSync(handle);
    this.handles.clear();
  }

  private copy({ side, pixels }: MemoryStore, image: number, choose: ChooseBox): Decoded {
    const length = 3 * side ** 2;
    this.resizer.source(length).set(pixels.subarray(image * length, (image + 1) * length));
    return wholeImage({ width: side, height: side }, choose);
  }

  private readRaw(store: RecordStore, image: number, choose: ChooseBox): Decoded {
    this.readRecord(store, image, this.resizer.source(store.lengths[image]!));
    return wholeImage({ width: store.widths[image]!, height: store.heights[image]! }, choose);
  }

  private readRecord(store: RecordStore, image: number, out: Buffer): void {
    readAt(this.openHandle(store.file), out, store.offsets[image]!);
    if (store.verified[image] === 1) return;
    const expected = store.digests.subarray(DIGEST_BYTES * image, DIGEST_BYTES * (image + 1));
    if (!computeDigest(out).equals(expected)) {
      throw new InvalidImageError('is damaged: its bytes have changed since it was packed; pack the images again');
    }
    store.verified[image] = 1;
  }

  private openHandle(file: string): number {
    const opened = this.handles.get(file);
    if (opened !== undefined) return opened;
    const handle = openSync(file, 'r');
    this.handles.set(file, handle);
    return handle;
  }
}

/** A completely decoded image. */
function wholeImage(image: Size, choose: ChooseBox): Decoded {
  choose(image);
  return { image, held: fullBox(image) };
}

/** Whether an error is a problem of a file. Node's own codes (ERR_...) are programming errors. */
const isFileProblem = (error: unknown): boolean =>
  hasReason(error) || systemCodeOf(error)?.startsWith('ERR_') === false;

const hasReason = (error: unknown): error is Error =>
  error instanceof InvalidImageError || error instanceof UnreadableFile;

function describeProblem(error: unknown, name: string): string {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' && isNotUtf8(name)) return `cannot be read: ${NOT_UTF8}`;
  if (code === 'ENOENT') return 'does not exist, or is a link to a missing file: restore or remove it';
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  if (error instanceof UnreadableFile) return `${error.message}; ${REPLACE}`;
  return hasReason(error) ? error.message : `cannot be read: ${messageOf(error)}`;
}
