import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { removeFile, writeFailure } from '../../base/files/files.ts';
import { PREAMBLE_BYTES } from './format.ts';
import { partialFile } from './writer.ts';
import type { PackEntry } from './writer.ts';

/** The progress of an interrupted packing: the records that are safe on disk, and the skipped images. */
export interface PackProgress {
  readonly entries: readonly PackEntry[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** A line of the journal: a packed image, or a skipped one. */
const journalLine = z.union([
  z.strictObject({
    name: z.string(),
    label: z.int(),
    width: z.int(),
    height: z.int(),
    offset: z.number(),
    length: z.int().positive(),
    digest: z.string(),
  }),
  z.strictObject({ path: z.string(), reason: z.string() }),
]);

/**
 * A text file beside the partial pack. Its first line identifies the dataset and the options. Each other line is an image that
 * was packed or skipped. A line is written after its record is synced, so every record in the journal is safe.
 */
export class PackJournal {
  private readonly file: string;
  private readonly pack: string;
  private pending: string[] = [];

  constructor(pack: string) {
    this.pack = pack;
    this.file = `${partialFile(pack)}.journal`;
  }

  /**
   * The progress of an interrupted packing with the same fingerprint; empty if there is none.
   * @throws UserError as a failed write.
   */
  resume(fingerprint: string): PackProgress {
    try {
      const progress = this.read(fingerprint);
      if (progress) return progress;
      writeFileSync(this.file, `${fingerprint}\n`);
      return { entries: [], skipped: [] };
    } catch (error) {
      throw writeFailure(this.pack, error);
    }
  }

  /** Adds a packed image; `flush` writes it. */
  record(entry: PackEntry): void {
    this.pending.push(JSON.stringify({ ...entry, digest: Buffer.from(entry.digest).toString('hex') }));
  }

  /** Adds a skipped image; `flush` writes it. */
  skip(path: string, reason: string): void {
    this.pending.push(JSON.stringify({ path, reason }));
  }

  /**
   * Writes all added lines. Call it after their records are synced. An incomplete write is undone, so that it can be retried.
   */
  flush(): void {
    if (this.pending.length === 0) return;
    const { size } = statSync(this.file);
    try {
      appendFileSync(this.file, `${this.pending.join('\n')}\n`);
    } catch (error) {
      truncateSync(this.file, size);
      throw error;
    }
    this.pending = [];
  }

  /** Removes the file. @throws UserError as a failed write. */
  remove(): void {
    removeFile(this.file);
  }

  private read(fingerprint: string): PackProgress | undefined {
    if (!existsSync(this.file) || !existsSync(partialFile(this.pack))) return undefined;
    const content = readFileSync(this.file, 'utf8');
    // A truncated last line is removed, so that the next line does not continue it.
    const complete = content.slice(0, content.lastIndexOf('\n') + 1);
    const [first, ...lines] = complete.split('\n').slice(0, -1);
    if (first !== fingerprint) return undefined;
    if (complete !== content) truncateSync(this.file, Buffer.byteLength(complete));
    const size = statSync(partialFile(this.pack)).size;
    const entries: PackEntry[] = [];
    const skipped: { path: string; reason: string }[] = [];
    let end = PREAMBLE_BYTES;
    for (const text of lines) {
      const image = readLine(text);
      // The journal is damaged, for example by a power failure, so its records may be missing.
      if (image === undefined) return undefined;
      if ('reason' in image) skipped.push(image);
      else if (image.offset !== end || image.offset + image.length > size) return undefined;
      else {
        end += image.length;
        entries.push({ ...image, digest: Buffer.from(image.digest, 'hex') });
      }
    }
    return { entries, skipped };
  }
}

function readLine(text: string): z.infer<typeof journalLine> | undefined {
  try {
    return journalLine.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
