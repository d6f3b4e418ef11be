import { freemem } from 'node:os';
import { basename } from 'node:path';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../../base/errors.ts';
import { isSystemError, readFailure } from '../../base/system/system-error.ts';
import { refuseEmptySplit } from '../dataset.ts';
import type { DatasetIndex } from '../dataset.ts';
import { readAt, UnreadableFile, withRegularFile } from '../file.ts';
import { DIGEST_BYTES, computeDigest } from '../digest.ts';
import { HEAD_BYTES } from '../decode/unsupported.ts';
import { decodeIndex, decodePreamble } from './format.ts';
import type { PackHeader, PackIndex } from './format.ts';
import { InvalidPack } from './invalid-pack.ts';
import { validateIndex } from './validate.ts';
import { shareBytes, shareFloats, shareInts, shareNames, shareUints } from '../store.ts';
import type { ImageStore, Split } from '../store.ts';

/** A raw pack is read into memory if it has at most this size and half of the free memory; otherwise record by record. */
const MAX_IN_MEMORY_BYTES = 2 ** 32 - 1;

/**
 * Reads and checks the index of a pack.
 * @throws UserError exit code 66 if the file is missing; 65 if it is not a pack, of another version, truncated or damaged;
 * 77 or 74 if the system cannot read it.
 */
export function readPackIndex(file: string): PackIndex {
  return withFile(file, (handle, size) => {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    readAt(handle, head, 0);
    const preamble = decodePreamble(file, head, size);
    const index = Buffer.alloc(preamble.indexLength);
    readAt(handle, index, preamble.indexOffset);
    return withValidIndex(file, decodeIndex(file, index, preamble), preamble.indexOffset);
  });
}

function withValidIndex(file: string, index: PackIndex, indexOffset: number): PackIndex {
  try {
    validateIndex(index, indexOffset);
    return index;
  } catch (error) {
    throw new InvalidPack(`${file} is invalid, although its digests match: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
}

function withFile<Result>(file: string, use: (handle: number, bytes: number) => Result): Result {
  try {
    return withRegularFile(file, use);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT')
      throw new UserError(
        `the pack ${file} does not exist: check the path, or make it with \`doubletime data pack\``,
        ExitCode.noInput,
        { cause: error },
      );
    if (error instanceof UnreadableFile) {
      throw dataError(
        `the pack ${file} ${error.message}; expected a file that \`doubletime data pack\` wrote (for a folder of images use \`source: folder\`)`,
        error,
      );
    }
    throw isSystemError(error) ? readFailure(`the pack ${file}`, error) : error;
  }
}

/**
 * Opens a pack as a dataset. A raw pack of square images of one size is read into memory if it is small enough.
 * @param memoryLimitBytes the largest pack that is read into memory, in bytes.
 * @throws UserError as `readPackIndex`; exit code 65 if a split or a class has no images.
 */
export function openPack(file: string, memoryLimitBytes = memoryLimit()): DatasetIndex {
  const index = readPackIndex(file);
  const { header, labels } = index;
  refuseEmptySplit(file, header, header.skipped);
  refuseEmptiedClass(file, header, labels);
  const bytes = header.side === null ? Infinity : labels.length * 3 * header.side ** 2;
  const store = bytes <= memoryLimitBytes ? readPixels(file, index) : recordStore(file, index);
  const identity = (image: number): Uint8Array =>
    index.digests.subarray(DIGEST_BYTES * image, DIGEST_BYTES * (image + 1));
  return {
    source: header.source === 'cifar10' ? 'cifar10' : 'pack',
    name: header.name === '' ? basename(file) : header.name,
    classes: header.classes,
    ...(header.titles ? { titles: header.titles } : {}),
    train: selectSplit(store, labels, 0, header.train),
    validation: selectSplit(store, labels, header.train, header.train + header.validation),
    identities: { train: identity, validation: identity },
    skipped: header.skipped,
    ...(header.skippedByClass ? { skippedByClass: header.skippedByClass } : {}),
    ...(header.part === undefined ? {} : { part: header.part }),
    ...(header.warnings === undefined ? {} : { warnings: header.warnings }),
  };
}

/** @throws UserError exit code 65 if all images of a class were skipped when the pack was written. */
function refuseEmptiedClass(file: string, header: PackHeader, labels: Int32Array): void {
  if (header.skipped.length === 0) return;
  const present = new Set(labels.subarray(0, header.train));
  const empty = header.classes.find((_, label) => !present.has(label));
  if (empty === undefined) return;
  throw dataError(
    `${file} has no training images of the class ${empty}: all were bad and were skipped. Pack again with valid images, or without the class`,
  );
}

const memoryLimit = (): number => Math.min(MAX_IN_MEMORY_BYTES, freemem() / 2);

const selectSplit = (store: ImageStore, labels: Int32Array, from: number, to: number): Split => ({
  store,
  indices: shareInts(Array.from({ length: to - from }, (_, i) => from + i)),
  labels: shareInts(labels.subarray(from, to)),
});

function recordStore(file: string, index: PackIndex): ImageStore {
  return {
    kind: 'records',
    file,
    encoding: index.header.store,
    offsets: shareFloats(index.offsets),
    lengths: shareUints(index.lengths),
    widths: shareUints(index.widths),
    heights: shareUints(index.heights),
    digests: shareBytes(index.digests),
    verified: shareBytes(new Uint8Array(index.labels.length)),
    names: shareNames(index.names),
  };
}

/** Reads all records and checks each against its digest. */
function readPixels(file: string, index: PackIndex): ImageStore {
  const side = index.header.side!;
  const length = 3 * side ** 2;
  const pixels = new Uint8Array(index.labels.length * length);
  withFile(file, (handle) => {
    for (let i = 0; i < index.labels.length; i++) {
      const record = pixels.subarray(i * length, (i + 1) * length);
      readAt(handle, record, index.offsets[i]!);
      checkRecord(file, index, i, record);
    }
  });
  return { kind: 'memory', side, pixels };
}

/** @throws UserError exit code 65 if a record does not match its digest. */
function checkRecord(file: string, index: PackIndex, i: number, record: Uint8Array): void {
  const expected = index.digests.subarray(DIGEST_BYTES * i, DIGEST_BYTES * (i + 1));
  if (computeDigest(record).equals(expected)) return;
  throw new InvalidPack(`${file} is damaged: the bytes of record ${i} (${index.names[i]!}) have changed`);
}
