import { z } from 'zod';
import { dataError, messageOf } from '../../base/errors.ts';
import { skippedClassSchema } from '../../base/skipped-class.ts';
import { identifyArchive } from '../decode/unsupported.ts';
import { DIGEST_BYTES, computeDigest } from '../digest.ts';
import { InvalidPack } from './invalid-pack.ts';

/**
 * A pack is one file with a preamble of 64 bytes, the records one after another (training first), and an index at the end.
 *
 *     preamble  magic 16 | version u32 | 0 u32 | index offset u64 | index length u64 | file length u64 | index digest 16
 *     record    raw RGB bytes [height, width, 3], or the original image file
 *     index     header length u32 | header (JSON) | padding to 8 | offsets f64[n] | lengths u32[n] | widths u32[n]
 *               | heights u32[n] | labels i32[n] | digests 16 [n] | names, newline after each
 *               (a newline in a name is written as a zero byte, which no name can contain)
 *
 * All numbers are little-endian. A digest is the first 16 bytes of a sha256. The same images with the same options always give
 * the same bytes, on every day and machine.
 */
export const PACK_VERSION = 1;
export const PREAMBLE_BYTES = 64;
/** Bytes of a record in the index: offset, length, width, height, label and digest. */
const BYTES_PER_RECORD = 8 + 4 + 4 + 4 + 4 + DIGEST_BYTES;
/** The largest index that is read; it has about 30 million images. */
const MAX_INDEX_BYTES = 2 ** 31;
const MAGIC = Buffer.from('doubletime pack\n', 'latin1');

const packHeader = z.strictObject({
  /** The name of the data source: cifar10, cifar100, folder or synthetic. */
  source: z.string(),
  name: z.string(),
  store: z.enum(['raw', 'jpeg']),
  /** Height and width of all images in pixels, if all are square and of one size; otherwise null. */
  side: z.int().positive().nullable(),
  resize: z.enum(['shorter', 'box', 'none']),
  size: z.int().positive().nullable(),
  classes: z.array(z.string()).min(1),
  /** Readable names of the classes, if a classes.tsv gave them. */
  titles: z.array(z.string()).optional(),
  train: z.int().min(0),
  validation: z.int().min(0),
  /** Which training images were held out for validation, in words. */
  part: z.string().optional(),
  /** What readers of a result must know about the dataset. */
  warnings: z.array(z.string()).optional(),
  /** Images that were skipped, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  /** Skipped images per class; undefined if none were skipped. */
  skippedByClass: z.array(skippedClassSchema).optional(),
  /** Versions of the libraries that decoded the images. */
  decoders: z.record(z.string(), z.string()),
});
export type PackHeader = z.infer<typeof packHeader>;

/** The position, size and label of every record; training records come first. All arrays have one entry per record. */
export interface PackIndex {
  readonly header: PackHeader;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
  readonly labels: Int32Array;
  /** [records, 16]. */
  readonly digests: Uint8Array;
  readonly names: readonly string[];
}

/** The start of a pack: where the index is. In bytes. */
export interface Preamble {
  readonly indexOffset: number;
  readonly indexLength: number;
  readonly fileLength: number;
  readonly indexDigest: Buffer;
}

/** The bytes of a preamble. */
export function encodePreamble(preamble: Preamble): Buffer {
  const bytes = Buffer.alloc(PREAMBLE_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(PACK_VERSION, 16);
  bytes.writeBigUInt64LE(BigInt(preamble.indexOffset), 24);
  bytes.writeBigUInt64LE(BigInt(preamble.indexLength), 32);
  bytes.writeBigUInt64LE(BigInt(preamble.fileLength), 40);
  preamble.indexDigest.copy(bytes, 48);
  return bytes;
}

/** What to do with a file that is not a pack. The text follows "is not a doubletime pack". */
function describeArchive(bytes: Buffer): string {
  const what = identifyArchive(bytes);
  return what === undefined
    ? ': expected a file that `doubletime data pack` wrote'
    : `, but ${what}: unpack it, and use the folder with the images`;
}

/**
 * Reads the preamble of a pack.
 * @param bytes the first bytes of the file, at least those of the preamble.
 * @param fileLength the length of the file in bytes.
 * @throws UserError exit code 65 if the file is not a pack, or is of another version, truncated or damaged.
 */
export function decodePreamble(file: string, bytes: Buffer, fileLength: number): Preamble {
  if (bytes.length < PREAMBLE_BYTES || !bytes.subarray(0, 16).equals(MAGIC)) {
    throw new InvalidPack(`${file} is not a doubletime pack`, describeArchive(bytes));
  }
  const version = bytes.readUInt32LE(16);
  if (version !== PACK_VERSION) {
    throw new InvalidPack(`${file} is a pack of version ${version}, expected version ${PACK_VERSION}`);
  }
  const preamble: Preamble = {
    indexOffset: Number(bytes.readBigUInt64LE(24)),
    indexLength: Number(bytes.readBigUInt64LE(32)),
    fileLength: Number(bytes.readBigUInt64LE(40)),
    indexDigest: Buffer.from(bytes.subarray(48, 64)),
  };
  const { indexOffset, indexLength } = preamble;
  if (
    indexOffset < PREAMBLE_BYTES ||
    indexOffset + indexLength !== preamble.fileLength ||
    bytes.readUInt32LE(20) !== 0
  ) {
    throw new InvalidPack(`${file} is damaged: its first ${PREAMBLE_BYTES} bytes have changed`);
  }
  if (preamble.fileLength !== fileLength) {
    throw new InvalidPack(
      `${file} is ${fileLength < preamble.fileLength ? 'truncated' : 'too long'}: ${fileLength} bytes, expected ${preamble.fileLength}`,
    );
  }
  if (indexLength > MAX_INDEX_BYTES) {
    throw dataError(
      `${file} has an index of ${indexLength} bytes, expected at most ${MAX_INDEX_BYTES}: it is damaged or has too many images`,
    );
  }
  return preamble;
}

const paddingTo8 = (length: number): number => (8 - (length % 8)) % 8;

const toBytes = (array: Float64Array | Uint32Array | Int32Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** The bytes of an index. */
export function encodeIndex(index: PackIndex): Buffer {
  const json = Buffer.from(JSON.stringify(packHeader.parse(index.header)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([
    length,
    json,
    Buffer.alloc(paddingTo8(4 + json.length)),
    toBytes(index.offsets),
    toBytes(index.lengths),
    toBytes(index.widths),
    toBytes(index.heights),
    toBytes(index.labels),
    index.digests,
    Buffer.from(index.names.map((name) => `${name.replaceAll('\n', '\0')}\n`).join('')),
  ]);
}

/** Reads an index. @throws UserError exit code 65 if it does not match the digest of the preamble, or is invalid. */
export function decodeIndex(file: string, bytes: Buffer, preamble: Preamble): PackIndex {
  if (!computeDigest(bytes).equals(preamble.indexDigest)) {
    throw new InvalidPack(`${file} is damaged: its index has changed`);
  }
  try {
    return parseIndex(bytes);
  } catch (error) {
    throw new InvalidPack(`${file} has an invalid index: ${describeProblem(error)}`, undefined, { cause: error });
  }
}

/** The message of an error; of a schema's error, the first problem. */
function describeProblem(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  const [issue] = error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`;
}

function parseIndex(bytes: Buffer): PackIndex {
  const jsonLength = bytes.readUInt32LE(0);
  if (4 + jsonLength > bytes.length) throw new Error('it ends within its header');
  const header = packHeader.parse(JSON.parse(bytes.toString('utf8', 4, 4 + jsonLength)));
  const count = header.train + header.validation;
  let at = 4 + jsonLength + paddingTo8(4 + jsonLength);
  const names = at + count * BYTES_PER_RECORD;
  if (names > bytes.length) throw new Error(`it is too short for ${count} images`);
  const take = (length: number): ArrayBuffer => {
    const copy = new ArrayBuffer(length);
    new Uint8Array(copy).set(bytes.subarray(at, at + length));
    at += length;
    return copy;
  };
  return {
    header,
    offsets: new Float64Array(take(8 * count)),
    lengths: new Uint32Array(take(4 * count)),
    widths: new Uint32Array(take(4 * count)),
    heights: new Uint32Array(take(4 * count)),
    labels: new Int32Array(take(4 * count)),
    digests: new Uint8Array(take(DIGEST_BYTES * count)),
    names: parseNames(bytes.toString('utf8', names), count),
  };
}

/** Each name ends with a newline; nothing follows the last name. */
function parseNames(text: string, count: number): string[] {
  const lines = text.split('\n');
  if (lines.length !== count + 1 || lines[count] !== '')
    throw new Error(`it has ${lines.length - 1} names for ${count} images`);
  return lines.slice(0, count).map((name) => name.replaceAll('\0', '\n'));
}
