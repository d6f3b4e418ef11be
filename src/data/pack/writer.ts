import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { fsyncFolder, writeFailure } from '../../base/files/files.ts';
import { DIGEST_BYTES, computeDigest } from '../digest.ts';
import { encodeIndex, encodePreamble, PREAMBLE_BYTES } from './format.ts';
import type { PackHeader } from './format.ts';

/** One image to write to a pack. */
export interface PackRecord {
  readonly name: string;
  readonly label: number;
  readonly width: number;
  readonly height: number;
  /** Raw RGB [height, width, 3], or the original image file. */
  readonly bytes: Uint8Array;
}

/** The index entry of a written record. */
export type PackEntry = Omit<PackRecord, 'bytes'> & {
  readonly offset: number;
  readonly length: number;
  readonly digest: Uint8Array;
};

/** The name of a pack until it is complete. */
export const partialFile = (file: string): string => `${file}.partial`;

/** Writes all bytes at a position of the file. */
export function writeAt(handle: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length;) {
    at += writeSync(handle, bytes, at, bytes.length - at, position + at);
  }
}

/** Appends records to `FILE.partial`. `finish` adds the index and renames the file atomically. */
export class PackWriter {
  private readonly handle: number;
  private readonly file: string;
  private readonly entries: PackEntry[];
  private end: number;
  private closed = false;

  /**
   * @param kept entries of an interrupted writer; the file is truncated to their end.
   * @throws UserError as `append`.
   */
  constructor(file: string, kept: readonly PackEntry[] = []) {
    this.file = file;
    this.entries = [...kept];
    const last = kept.at(-1);
    this.end = last ? last.offset + last.length : PREAMBLE_BYTES;
    try {
      this.handle = openSync(partialFile(file), kept.length > 0 ? 'r+' : 'w+');
      // A new file is empty already; the records begin after the preamble.
      if (kept.length > 0) ftruncateSync(this.handle, this.end);
    } catch (error) {
      throw writeFailure(file, error);
    }
  }

  /** Writes a record. @throws UserError exit code 74 if the disk is full or fails, 73 if the pack cannot be created. */
  append(record: PackRecord): PackEntry {
    const { name, label, width, height, bytes } = record;
    const entry = {
      name,
      label,
      width,
      height,
      offset: this.end,
      length: bytes.length,
      digest: computeDigest(bytes),
    };
    this.guard(() => {
      writeAt(this.handle, bytes, this.end);
    });
    this.end += bytes.length;
    this.entries.push(entry);
    return entry;
  }

  /** After this call, all records so far survive a power failure. @throws UserError as `append`. */
  sync(): void {
    this.guard(() => {
      fsyncSync(this.handle);
    });
  }

  /** Writes the index and the preamble, and gives the file its name. @throws UserError as `append`. */
  finish(header: PackHeader): void {
    const index = this.index(header);
    this.guard(() => {
      writeAt(this.handle, index, this.end);
      writeAt(
        this.handle,
        encodePreamble({
          indexOffset: this.end,
          indexLength: index.length,
          fileLength: this.end + index.length,
          indexDigest: computeDigest(index),
        }),
        0,
      );
      fsyncSync(this.handle);
      this.close();
      renameSync(partialFile(this.file), this.file);
      fsyncFolder(dirname(this.file));
    });
  }

  /** Closes the file without the index. The partial file stays, so that the packing can be resumed. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.guard(() => {
      closeSync(this.handle);
    });
  }

  /** Closes and removes the partial file. */
  discard(): void {
    this.close();
    rmSync(partialFile(this.file), { force: true });
  }

  private index(header: PackHeader): Buffer {
    const { entries } = this;
    const digests = new Uint8Array(DIGEST_BYTES * entries.length);
    entries.forEach((entry, i) => {
      digests.set(entry.digest, DIGEST_BYTES * i);
    });
    return encodeIndex({
      header,
      offsets: Float64Array.from(entries, (entry) => entry.offset),
      lengths: Uint32Array.from(entries, (entry) => entry.length),
      widths: Uint32Array.from(entries, (entry) => entry.width),
      heights: Uint32Array.from(entries, (entry) => entry.height),
      labels: Int32Array.from(entries, (entry) => entry.label),
      digests,
      names: entries.map((entry) => entry.name),
    });
  }

  private guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw error instanceof UserError ? error : writeFailure(this.file, error);
    }
  }
}
