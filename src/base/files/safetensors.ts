import { fstatSync, readSync } from 'node:fs';
import { z } from 'zod';
import { formatCount } from '../text/format.ts';
import { dataError, messageOf } from '../errors.ts';
import { describeOtherKind } from './file-kind.ts';
import { duplicateKey } from '../json-keys.ts';
import { shortName } from '../text/name-list.ts';
import { openRegularFile } from './regular-file.ts';
import { closeFile, isSystemError, readFailure } from '../system/system-error.ts';
import { formatShape } from '../text/shape.ts';

/**
 * The safetensors format (https://huggingface.co/docs/safetensors): a little-endian uint64 with the length of a JSON
 * header, the header, then the tensors' bytes without gaps. Numbers are little-endian, as on every machine TensorFlow
 * is built for.
 */
const bytesPerNumber = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;
type StoredType = keyof typeof bytesPerNumber;

/** A tensor as it is stored in a file. */
export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The content of a safetensors file. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  /** The tensors by name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The bytes of the length and the header. */
  readonly head: Uint8Array;
}

/** The limit of the reference implementation. It prevents that a damaged length allocates too much memory. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

const size = z.int().min(0);
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(bytesPerNumber) as [StoredType, ...StoredType[]]),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
type Entry = z.infer<typeof entrySchema>;
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string()).default({});

const countElements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** A tensor to write: float32 or int64. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/**
 * Encodes tensors in this order, and metadata, as the parts of a safetensors file, to write one after another. The values are not
 * copied, so the parts must be written before the values change. int64 tensors must come first, so that they are aligned.
 * @throws RangeError if a tensor has another number of values than its shape.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    if (name === METADATA) throw new RangeError(`no tensor may be called ${METADATA}`);
    if (countElements(shape) !== values.length)
      throw new RangeError(
        `${name} has ${values.length} values, expected ${countElements(shape)} for shape ${formatShape(shape)}`,
      );
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const dtype = values instanceof BigInt64Array ? 'I64' : 'F32';
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    parts.push(bytes);
  }
  const json = Buffer.from(JSON.stringify(header));
  // The header is padded with spaces to a multiple of 8 bytes, so that the first tensor is aligned.
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  head.set(json, 8);
  return [head, ...parts];
}

/** Reads exactly `length` bytes. @throws RangeError if the file is shorter. */
function readBytes(handle: number, position: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let at = 0; at < length;) {
    const count = readSync(handle, bytes, at, Math.min(length - at, 2 ** 30), position + at);
    if (count === 0) throw new RangeError(`the file ends at byte ${position + at}, expected ${position + length}`);
    at += count;
  }
  return bytes;
}

function readHead(handle: number, fileSize: number): Buffer {
  if (fileSize < 8) throw new RangeError(`it has ${formatCount(fileSize, 'byte')}, fewer than the header's length`);
  const length = readBytes(handle, 0, 8).readBigUInt64LE();
  if (length > MAX_HEADER_BYTES || Number(length) > fileSize - 8)
    throw new RangeError(`its header claims ${length} bytes of a file of ${fileSize}`);
  return readBytes(handle, 0, 8 + Number(length));
}

function parseHeader(head: Buffer): {
  metadata: Record<string, string>;
  entries: [string, Entry][];
} {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(8));
  const header: unknown = JSON.parse(text);
  headerSchema.parse(header);
  const repeated = duplicateKey(text);
  if (repeated !== undefined) throw new RangeError(`its header contains "${shortName(repeated)}" twice`);
  // zod's copy of the header would leave out the key `__proto__`.
  const { [METADATA]: metadata, ...rest } = header as Record<string, unknown>;
  const entries = Object.entries(rest).map(([name, value]): [string, Entry] => {
    const entry = entrySchema.safeParse(value);
    if (entry.success) return [name, entry.data];
    const [issue] = entry.error.issues;
    throw new RangeError(`${shortName(name)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  });
  return { metadata: metadataSchema.parse(metadata), entries };
}

/** Sorts the entries by the order of their bytes. @throws RangeError if there are gaps between them, or if they overlap. */
function checkLayout(entries: [string, Entry][], dataBytes: number): [string, Entry][] {
  const sorted = entries.sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of sorted) {
    const [from, to] = data_offsets;
    if (from !== end) throw new RangeError(`${shortName(name)} starts at byte ${from}, expected ${end}`);
    const size = countElements(shape) * bytesPerNumber[dtype];
    if (to - from !== size)
      throw new RangeError(
        `${shortName(name)} has ${to - from} bytes, expected ${size} for ${dtype} ${formatShape(shape)}`,
      );
    end = to;
  }
  if (end !== dataBytes) throw new RangeError(`it has ${dataBytes} bytes of data, expected ${end}: cut off or damaged`);
  return sorted;
}

function readTensors(handle: number): Safetensors {
  const fileSize = fstatSync(handle).size;
  const head = readHead(handle, fileSize);
  const { metadata, entries } = parseHeader(head);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of checkLayout(entries, fileSize - head.length)) {
    const [from, to] = entry.data_offsets;
    const bytes = readBytes(handle, head.length + from, to - from);
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, bytes });
  }
  return { metadata, tensors, head };
}

/**
 * Reads a complete safetensors file. Checks the header before it allocates memory for the tensors.
 * @throws UserError exit code 65 if it is cut off, damaged or another kind of file; 66, 74 and others if it cannot be read.
 */
export function readSafetensors(file: string): Safetensors {
  let handle: number;
  try {
    handle = openRegularFile(file);
  } catch (error) {
    throw readFailure(file, error);
  }
  try {
    return readTensors(handle);
  } catch (error) {
    if (isSystemError(error)) throw readFailure(file, error);
    const otherKind = describeOtherKind(handle, file);
    if (otherKind !== undefined) throw dataError(`${file} is not a safetensors file: it ${otherKind}`, error);
    throw dataError(`${file} is a damaged safetensors file: ${messageOf(error)}`, error);
  } finally {
    closeFile(file, handle);
  }
}

/** Converts a binary16 number (IEEE 754-2008, section 3.6). */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const toUint16 = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);

/** Whether a type is a floating-point type, which `toFloat32` converts. */
export const isFloatType = (dtype: StoredType): boolean =>
  dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';

/**
 * Converts the values of a tensor to float32 as PyTorch's `Tensor.copy_` does: F32 unchanged, F16 and BF16 exactly, F64 rounded to the
 * nearest float32 value, ties to even (infinite beyond the range of float32).
 * @throws UserError exit code 65 naming the tensor if its type is not a floating-point type.
 */
export function toFloat32(name: string, { dtype, bytes }: StoredTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
  if (dtype === 'F16') return Float32Array.from(toUint16(bytes), fromHalf);
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(toUint16(bytes), (bits) => bits << 16).buffer);
  throw dataError(`${name} has the type ${dtype}, expected a floating-point type`);
}

const truncateToBigInt = (name: string, value: number): bigint => {
  if (!Number.isFinite(value)) throw dataError(`${name} is ${value}, expected a finite number`);
  return BigInt(Math.trunc(value));
};

/**
 * Converts the only value of a tensor to int64 as PyTorch's `Tensor.copy_` does: integers unchanged, floating-point numbers
 * without their fraction.
 * @throws UserError exit code 65 naming the tensor if it has several values, or a value that is not finite.
 */
export function toInt64(name: string, tensor: StoredTensor): bigint {
  const { dtype, bytes } = tensor;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (countElements(tensor.shape) !== 1)
    throw dataError(`${name} has the shape ${formatShape(tensor.shape)}, expected one number`);
  if (isFloatType(dtype)) {
    const [value] = dtype === 'F64' ? [view.readDoubleLE()] : toFloat32(name, tensor);
    return BigInt.asIntN(64, truncateToBigInt(name, value!));
  }
  if (dtype === 'I64') return view.readBigInt64LE();
  if (dtype === 'U64') return BigInt.asIntN(64, view.readBigUInt64LE());
  const signed = dtype === 'I8' || dtype === 'I16' || dtype === 'I32';
  return BigInt(signed ? view.readIntLE(0, view.length) : view.readUIntLE(0, view.length));
}
