import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { makeFolder, withWriteErrors, writeFailure } from '../../base/files/files.ts';
import { outputFile } from '../../base/files/output-file.ts';
import { hashOfJson } from '../../base/json.ts';
import { describeHolder, tryLock } from '../../base/files/lock.ts';
import type { Lock, LockAttempt } from '../../base/files/lock.ts';
import { hashDataset, refuseEmptySplit } from '../dataset.ts';
import type { DatasetIndex } from '../dataset.ts';
import { decoderVersions } from '../decode/decode.ts';
import { fingerprintDataset } from '../fingerprint.ts';
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

/** What is packed into which file, and how. */
export interface PackOptions {
  readonly file: string;
  readonly store: 'raw' | 'jpeg';
  readonly resize: 'shorter' | 'box' | 'none';
  readonly size: number | null;
  readonly onBadPicture: 'stop' | 'skip';
  readonly workers: number;
  /** Records and journal are synced to disk after this many bytes; 64 MiB by default. */
  readonly syncBytes?: number;
  /** Called after each image with the number of images done. */
  readonly progress: (done: number, total: number) => void;
}

const DEFAULT_SYNC_BYTES = 64 * 2 ** 20;

/**
 * Packs a dataset into one file. The file gets its name only when it is complete. To resume an interrupted packing, call it
 * again with the same images and options.
 * @throws UserError exit code 65 for a bad image, for a class that would lose all images, or if the file exists; 69 if another
 * process is packing into it; 77 or 74 for an image that the system cannot read; 73 or 74 if the pack cannot be written; 64 if
 * `store` is jpeg and the dataset has no image files.
 */
export async function buildPack(data: DatasetIndex, given: PackOptions): Promise<PackHeader> {
  const options = { ...given, file: outputFile(given.file) };
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

/** @throws UserError exit code 69 if another process is packing into the same file. */
function lockPack(file: string): Lock {
  const { lock, heldBy } = tryPackLock(file);
  if (lock) return lock;
  throw new UserError(
    `${file} is being packed by ${describeHolder(heldBy)}: wait until it ends, stop it, or choose another name`,
    ExitCode.unavailable,
  );
}

function tryPackLock(file: string): LockAttempt {
  try {
    return tryLock(`${partialFile(file)}.lock`);
  } catch (error) {
    throw writeFailure(file, error instanceof UserError ? (error.cause ?? error) : error);
  }
}

/** @throws UserError exit code 64 if the dataset has pixels and no image files. */
function refuseRaw({ name, train, validation }: DatasetIndex): void {
  const isRaw = ({ store }: Split): boolean =>
    store.kind === 'memory' || (store.kind === 'records' && store.encoding === 'raw');
  if (!isRaw(train) && !isRaw(validation)) return;
  throw new UserError(
    `${name} has raw pixels, but --store jpeg needs image files: remove --store jpeg`,
    ExitCode.usage,
  );
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw dataError(`${file} already exists: remove it or choose another name`);
}

async function buildLocked(data: DatasetIndex, options: PackOptions): Promise<PackHeader> {
  const build = new PackBuild(data, options, await decoderVersions());
  try {
    for (const split of ['train', 'validation'] as const) await build.add(split);
    return build.finish();
  } catch (error) {
    build.interrupt();
    throw error;
  }
}

/** One call of `buildPack`: its options, and what is packed so far. */
class PackBuild {
  private readonly data: DatasetIndex;
  private readonly options: PackOptions;
  private readonly decoders: Record<string, string>;
  private readonly journal: PackJournal;
  private readonly writer: PackWriter;
  private readonly entries: PackEntry[];
  private readonly skipped: { path: string; reason: string }[];
  /** Number of images that interrupted calls have packed or skipped: training images first, then validation images. */
  private readonly resumed: number;
  /** Number of images packed or skipped so far. */
  private done = 0;
  private unsyncedBytes = 0;
  private hasSyncFailed = false;
  private readonly counts = { train: 0, validation: 0 };

  constructor(data: DatasetIndex, options: PackOptions, decoders: Record<string, string>) {
    const { file, store, resize, size, onBadPicture } = options;
    this.data = data;
    this.options = options;
    this.decoders = decoders;
    this.journal = new PackJournal(file);
    const settings = { version: PACK_VERSION, store, resize, size, onBadPicture, decoders };
    const progress = this.journal.resume(
      hashOfJson({ ...settings, data: hashDataset(data), files: fingerprintDataset(data) ?? null }),
    );
    this.entries = [...progress.entries];
    this.skipped = [...progress.skipped];
    this.resumed = this.entries.length + this.skipped.length;
    this.writer = new PackWriter(file, this.entries);
  }

  /** Packs the images of a split that are not yet packed. */
  async add(split: 'train' | 'validation'): Promise<void> {
    const { store, indices, labels } = this.data[split];
    const offset = split === 'train' ? 0 : this.data.train.indices.length;
    const from = Math.min(indices.length, Math.max(0, this.resumed - offset));
    const { options } = this;
    const task = {
      kind: 'pack' as const,
      store: options.store,
      resize: options.resize,
      size: options.size,
    };
    this.countResumed(split, from);
    this.done = offset + from;
    await inspectImages({ store, task }, indices.subarray(from), options.workers, (result, index) => {
      const example = from + index;
      this.addResult(split, result, nameInPack(store, indices[example]!), labels[example]!);
    });
  }

  /** Completes the file. @throws UserError exit code 65 if a split or a class has no images. */
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

  /** Saves the progress, so that the next call resumes. Errors are ignored: the error that stopped the packing is reported. */
  interrupt(): void {
    try {
      // After a failed sync, records may be missing on the disk. The next call packs them again.
      if (!this.hasSyncFailed) this.sync();
      this.writer.close();
    } catch {
      // The records of earlier syncs are safe.
    }
  }

  /** Skipped images per class, in this call and in the interrupted calls that it resumes. */
  private countSkipped(): SkippedClass[] {
    const { classes, train, validation } = this.data;
    const left = this.entries.map(({ label }) => label);
    return countSkipped(
      classes,
      { train: train.labels, validation: validation.labels },
      { train: left.slice(0, this.counts.train), validation: left.slice(this.counts.train) },
    );
  }

  /** Counts the packed images among the first `count` images of a split, which interrupted calls have packed or skipped. */
  private countResumed(split: 'train' | 'validation', count: number): void {
    const skipped = new Set(this.skipped.map(({ path }) => path));
    const { store, indices } = this.data[split];
    const images = Array.from(indices.subarray(0, count));
    this.counts[split] = images.filter((image) => !skipped.has(nameInPack(store, image))).length;
  }

  private addResult(split: 'train' | 'validation', result: Inspection, name: string, label: number): void {
    if (result.kind === 'checked' || result.kind === 'good')
      throw new TypeError(`the result is ${result.kind}, expected packed or bad`);
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
    this.counts[split]++;
    this.unsyncedBytes += bytes.length;
    if (this.unsyncedBytes >= (this.options.syncBytes ?? DEFAULT_SYNC_BYTES)) this.sync();
  }

  private sync(): void {
    this.hasSyncFailed = true;
    this.writer.sync();
    this.hasSyncFailed = false;
    withWriteErrors(this.options.file, () => {
      this.journal.flush();
    });
    this.unsyncedBytes = 0;
  }

  /** The side of all images in pixels, if all are square and of one size; otherwise null. */
  private commonSide(): number | null {
    const side = this.entries[0]?.width;
    const isCommon = this.entries.every(({ width, height }) => width === side && height === side);
    return side !== undefined && isCommon && this.options.store === 'raw' ? side : null;
  }
}

/** The name of an image in the pack: its path in the dataset, or its number. */
const nameInPack = (store: ImageStore, image: number): string =>
  store.kind === 'memory' ? String(image) : nameAt(store.names, image);
