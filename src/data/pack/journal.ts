import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { removeFile, writeFailure } from '../../base/files.ts';
import { PREAMBLE_BYTES } from './format.ts';
import { partialFile } from './writer.ts';
import type { PackEntry } from './writer.ts';

/** The progress of an interrupted packing: the records that are safe on disk, and the skipped images. */
export interface PackProgress {
  readonly entries: readonly PackEntry[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

const line = z.union([
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
 * A text file beside the partial pack. Its first line identifies the dataset and the options; each other line is a finished
 * image. Lines are written after their records are synced, so every listed record is safe.
 */
export class PackJournal {
  private readonly file: string;
  private readonly pack: string;
  private pending: string[] = [];

  constructor(pack: string) {
    this.pack = pack;
    this.file = `${partialFile(pack)}.journal`;
  }

  /** The progress of an earlier packing with the same fingerprint; empty if there is none. */
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

  record(entry: PackEntry): void {
    this.pending.push(JSON.stringify({ ...entry, digest: Buffer.from(entry.digest).toString('hex') }));
  }

  skip(path: string, reason: string): void {
    this.pending.push(JSON.stringify({ path, reason }));
  }

  /** Call after the records are synced. An incomplete write is undone, so that it can be retried. */
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

  /** @throws UserError as a failed write. */
  remove(): void {
    removeFile(this.file);
  }

  private read(fingerprint: string): PackProgress | undefined {
    if (!existsSync(this.file) || !existsSync(partialFile(this.pack))) return undefined;
    const text = readFileSync(this.file, 'utf8');
    // A truncated last line is removed, so that the next line does not continue it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first, ...lines] = whole.split('\n').slice(0, -1);
    if (first !== fingerprint) return undefined;
    if (whole !== text) truncateSync(this.file, Buffer.byteLength(whole));
    const size = statSync(partialFile(this.pack)).size;
    const entries: PackEntry[] = [];
    const skipped: { path: string; reason: string }[] = [];
    let end = PREAMBLE_BYTES;
    for (const one of lines) {
      const got = readLine(one);
      // The journal is damaged, for example by a power failure, so its records may be missing.
      if (got === undefined) return undefined;
      if ('reason' in got) skipped.push(got);
      else if (got.offset !== end || got.offset + got.length > size) return undefined;
      else {
        end += got.length;
        entries.push({ ...got, digest: Buffer.from(got.digest, 'hex') });
      }
    }
    return { entries, skipped };
  }
}

function readLine(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
