import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { makeFolder, withWriteErrors, writeFailure } from '../../base/files.ts';
import { hashOfJson } from '../../base/json.ts';
import { describeHolder, tryLock } from '../../base/lock.ts';
import type { Lock, LockAttempt } from '../../base/lock.ts';
import { hashDataset, refuseEmptySplit } from '../dataset.ts';
import type { DatasetIndex } from '../dataset.ts';
import { decoderVersions } from '../decode/decode.ts';
import { inspectImages } from '../inspect/inspect.ts';
import type { Inspection } from '../inspect/task.ts';
import { PACK_VERSION } from './format.ts';
import type { PackHeader } from './format.ts';
import { PackJournal } from './journal.ts';
import { PackWriter, partialFile } from './writer.ts';
import type { PackEntry } from './writer.ts';
import { addSkipped, countSkipped, refuseEmptyClass } from '../skipped-classes.ts';
import type { SkippedClass } from '../../base/skipped-class.ts';
import { nameAt } from '../store.ts';
import type { ImageStore, Split } from '../store.ts';

export interface PackOptions {
  readonly file: string;
  readonly store: 'raw' | 'jpeg';
  readonly resize: 'shorter' | 'box' | 'none';
  readonly size: number | null;
  readonly onBadPicture: 'stop' | 'skip';
  readonly workers: number;
  /** Records and journal are synced to disk after this many bytes; 64 MiB by default. */
  readonly syncBytes?: number;
  /** Called after each image. */
  readonly progress: (done: number, total: number) => void;
}

const SYNC_BYTES = 64 * 2 ** 20;

/**
 * Packs a dataset into one file. The file gets its name only when it is complete. An interrupted packing resumes if the same
 * images are packed with the same options.
 * @throws UserError exit code 65 for a bad image, or for a class that would lose all images; 77 or 74 for an image that the
 * system cannot read; 73 or 74 if the pack cannot be written; 64 if `store` is jpeg and there are no original files.
 */
export async function buildPack(data: DatasetIndex, options: PackOptions): Promise<PackHeader> {
  if (options.store === 'jpeg') refuseRaw(data);
  refuseExisting(options.file);
  withWriteErrors(options.file, () => {
    makeFolder(dirname(options.file));
  });
  const lock = lockPack(options.file);
  try {
    refuseExisting(options.file);
    return await buildLocked(data, options);
  } finally {
    lock.release();
  }
}

/** @throws UserError exit code 65 if another process is packing into the same file. */
function lockPack(file: string): Lock {
  const { lock, heldBy } = tryPackLock(file);
  if (lock) return lock;
  throw dataError(
    `${file} is being packed by ${describeHolder(heldBy)}: wait until it ends, stop it, or choose another name`,
  );
}

function tryPackLock(file: string): LockAttempt {
  try {
    return tryLock(`${partialFile(file)}.lock`);
  } catch (error) {
    throw writeFailure(file, error instanceof UserError ? (error.cause ?? error) : error);
  }
}

function refuseRaw({ name, train, validation }: DatasetIndex): void {
  const isRaw = ({ store }: Split): boolean =>
    store.kind === 'memory' || (store.kind === 'records' && store.encoding === 'raw');
  if (!isRaw(train) && !isRaw(validation)) return;
  throw new UserError(
    `${name} has raw pixels and no original files, which --store jpeg needs: remove --store jpeg`,
    ExitCode.usage,
  );
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw dataError(`${file} already exists: remove it or choose another name`);
}

async function buildLocked(data: DatasetIndex, options: PackOptions): Promise<PackHeader> {
  const build = new Build(data, options, await decoderVersions());
  try {
    for (const which of ['train', 'validation'] as const) await build.add(which);
    return build.finish();
  } catch (error) {
    build.leave();
    throw error;
  }
}

class Build {
  private readonly data: DatasetIndex;
  private readonly options: PackOptions;
  private readonly decoders: Record<string, string>;
  private readonly journal: PackJournal;
  private readonly writer: PackWriter;
  private readonly entries: PackEntry[];
  private readonly skipped: { path: string; reason: string }[];
  private readonly before: number;
  /** Number of images done so far: training images first, then validation images. */
  private done = 0;
  private unsynced = 0;
  /** False after a failed sync. */
  private isSafe = true;
  private readonly counts = { train: 0, validation: 0 };

  constructor(data: DatasetIndex, options: PackOptions, decoders: Record<string, string>) {
    const { file, store, resize, size, onBadPicture } = options;
    this.data = data;
    this.options = options;
    this.decoders = decoders;
    this.journal = new PackJournal(file);
    const how = { version: PACK_VERSION, store, resize, size, onBadPicture, decoders };
    const progress = this.journal.resume(hashOfJson({ ...how, data: hashDataset(data) }));
    this.entries = [...progress.entries];
    this.skipped = [...progress.skipped];
    this.before = this.entries.length + this.skipped.length;
    this.writer = new PackWriter(file, this.entries);
  }

  async add(which: 'train' | 'validation'): Promise<void> {
    const { store, indices, labels } = this.data[which];
    const offset = which === 'train' ? 0 : this.data.train.indices.length;
    const from = Math.min(indices.length, Math.max(0, this.before - offset));
    const { options } = this;
    const task = {
      kind: 'pack' as const,
      store: options.store,
      resize: options.resize,
      size: options.size,
    };
    this.countResumed(which, offset, indices.length);
    this.done = offset + from;
    await inspectImages({ store, task }, indices.subarray(from), options.workers, (result, place) => {
      const example = from + place;
      this.take(which, result, nameOf(store, indices[example]!), labels[example]!);
    });
  }

  finish(): PackHeader {
    const { data, options } = this;
    const skipped = [...data.skipped, ...this.skipped];
    refuseEmptySplit(data.name, this.counts, skipped);
    const skippedByClass = this.countSkipped();
    refuseEmptyClass(data.name, skippedByClass, this.skipped);
    const allByClass = addSkipped(data.skippedByClass ?? [], skippedByClass);
    const header: PackHeader = {
      source: data.source,
      name: data.name,
      store: options.store,
      side: this.commonSide(),
      resize: options.resize,
      size: options.size,
      classes: [...data.classes],
      ...(data.titles ? { titles: [...data.titles] } : {}),
      ...this.counts,
      ...(data.part === undefined ? {} : { part: data.part }),
      ...(data.warnings === undefined ? {} : { warnings: [...data.warnings] }),
      skipped,
      ...(allByClass.length > 0 ? { skippedByClass: allByClass } : {}),
      decoders: this.decoders,
    };
    this.writer.finish(header);
    this.journal.remove();
    return header;
  }

  /** Saves progress for the next attempt. Errors are ignored: the error that stopped the packing is reported. */
  leave(): void {
    try {
      // After a failed sync, records may be missing on the disk, so they are packed again.
      if (this.isSafe) this.sync();
      this.writer.leave();
    } catch {
      // Records that were synced before are safe.
    }
  }

  /** Skipped images per class, in this packing and the interrupted ones that it resumes. */
  private countSkipped(): SkippedClass[] {
    const { classes, train, validation } = this.data;
    const left = this.entries.map(({ label }) => label);
    return countSkipped(
      classes,
      { train: train.labels, validation: validation.labels },
      { train: left.slice(0, this.counts.train), validation: left.slice(this.counts.train) },
    );
  }

  /** Counts the images of this split that the journal lists as done. */
  private countResumed(which: 'train' | 'validation', offset: number, length: number): void {
    const bad = new Set(this.skipped.map(({ path }) => path));
    const { store, indices } = this.data[which];
    const names = Array.from(indices.subarray(0, Math.min(length, Math.max(0, this.before - offset))));
    this.counts[which] = names.filter((image) => !bad.has(nameOf(store, image))).length;
  }

  private take(which: 'train' | 'validation', result: Inspection, name: string, label: number): void {
    if (result.kind === 'checked' || result.kind === 'good') throw new TypeError('not a packing result');
    this.done++;
    this.options.progress(this.done, this.data.train.indices.length + this.data.validation.indices.length);
    if (result.kind === 'bad') {
      const { message, exitCode } = result;
      if (this.options.onBadPicture === 'stop' || exitCode !== ExitCode.data) throw new UserError(message, exitCode);
      const skipped = { path: name, reason: result.message };
      this.skipped.push(skipped);
      this.journal.skip(skipped.path, skipped.reason);
      return;
    }
    const { width, height, bytes } = result;
    const entry = this.writer.append({ name, label, width, height, bytes });
    this.entries.push(entry);
    this.journal.record(entry);
    this.counts[which]++;
    this.unsynced += bytes.length;
    if (this.unsynced >= (this.options.syncBytes ?? SYNC_BYTES)) this.sync();
  }

  private sync(): void {
    this.isSafe = false;
    this.writer.sync();
    this.isSafe = true;
    withWriteErrors(this.options.file, () => {
      this.journal.flush();
    });
    this.unsynced = 0;
  }

  private commonSide(): number | null {
    const side = this.entries[0]?.width;
    const common = this.entries.every(({ width, height }) => width === side && height === side);
    return side !== undefined && common && this.options.store === 'raw' ? side : null;
  }
}

/** The path of an image in its dataset, or its number. */
const nameOf = (store: ImageStore, image: number): string =>
  store.kind === 'memory' ? String(image) : nameAt(store.names, image);
