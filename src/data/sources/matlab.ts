import { inflateSync } from 'node:zlib';
import { systemCodeOf } from '../../base/errors.ts';

/**
 * A row of an array of structures: the value of each field. This file reads MATLAB's level 5 MAT-files (MathWorks, "MAT-File
 * Format", chapter 1) as far as ImageNet's development kit needs: structures with text or numbers, little-endian, compressed
 * or not.
 */
export type MatlabRow = ReadonlyMap<string, string | readonly number[]>;

const HEADER_BYTES = 128;
const DataType = { int8: 1, uint8: 2, uint16: 4, matrix: 14, compressed: 15, utf8: 16, utf16: 17 };
const ArrayClass = { structure: 2, text: 4, firstNumber: 6, lastNumber: 15 };

/** The development kit's own table has 2 MB. */
const MAX_TABLE_BYTES = 2 ** 24;

/** A data element of the file. */
interface Element {
  readonly type: number;
  readonly data: Buffer;
}

/** The size in bytes and the reader of each type of number. */
const NUMBERS = new Map<number, readonly [bytes: number, read: (from: Buffer, at: number) => number]>([
  [1, [1, (from, at) => from.readInt8(at)]],
  [2, [1, (from, at) => from.readUInt8(at)]],
  [3, [2, (from, at) => from.readInt16LE(at)]],
  [4, [2, (from, at) => from.readUInt16LE(at)]],
  [5, [4, (from, at) => from.readInt32LE(at)]],
  [6, [4, (from, at) => from.readUInt32LE(at)]],
  [7, [4, (from, at) => from.readFloatLE(at)]],
  [9, [8, (from, at) => from.readDoubleLE(at)]],
  [12, [8, (from, at) => Number(from.readBigInt64LE(at))]],
  [13, [8, (from, at) => Number(from.readBigUInt64LE(at))]],
]);

/**
 * The structures of the array `name`, in MATLAB's order. Fields that are not text or numbers are left out.
 * @throws RangeError or Error with the reason if the bytes are not such a file or have no such array.
 */
export function readStructures(bytes: Buffer, name: string): readonly MatlabRow[] {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 6) !== 'MATLAB') {
    throw new Error('it is not a MATLAB file');
  }
  if (bytes.toString('latin1', 126, 128) !== 'IM' || bytes[125] !== 1) {
    throw new Error('it is not a little-endian MATLAB file of level 5 (such as save -v7 writes)');
  }
  if (bytes.length > MAX_TABLE_BYTES) throw tooLarge('it has');
  let bytesLeft = MAX_TABLE_BYTES;
  for (const element of splitElements(bytes.subarray(HEADER_BYTES))) {
    const whole = inflateElement(element, bytesLeft);
    if (element.type === DataType.compressed) bytesLeft -= whole.data.length;
    const rows = readStructureArray(whole, name);
    if (rows) return rows;
  }
  throw new Error(`it has no array of structures named ${name}`);
}

/** The element itself, or the element that is compressed in it. @throws Error if that has more than `maxBytes` bytes. */
function inflateElement(element: Element, maxBytes: number): Element {
  if (element.type !== DataType.compressed) return element;
  const [inner] = splitElements(inflateAtMost(element.data, maxBytes));
  if (!inner) throw new Error('a compressed part of it is empty');
  return inner;
}

const tooLarge = (subject: string, cause?: unknown): Error =>
  new Error(
    `${subject} more than ${MAX_TABLE_BYTES} bytes, too many for a table of classes: use the development kit's own file`,
    { cause },
  );

function inflateAtMost(data: Buffer, maxBytes: number): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if (systemCodeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw tooLarge('it inflates to', error);
  }
}

/**
 * The elements of consecutive bytes. Each has a tag (type and length) of 8 bytes; a "small" tag contains up to 4 bytes of
 * data.
 */
function splitElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const word = bytes.readUInt32LE(at);
    const small = word >>> 16;
    const type = small > 0 ? word & 0xffff : word;
    const length = small > 0 ? small : bytes.readUInt32LE(at + 4);
    const start = at + (small > 0 ? 4 : 8);
    if (start + length > bytes.length) throw new Error('it is truncated');
    elements.push({ type, data: bytes.subarray(start, start + length) });
    const padded = type === DataType.compressed ? length : 8 * Math.ceil(length / 8);
    at = small > 0 ? at + 8 : start + padded;
  }
  return elements;
}

interface MatlabArray {
  readonly class: number;
  readonly dimensions: readonly number[];
  readonly name: string;
  readonly content: readonly Element[];
}

/** An array, which is stored as [flags, dimensions, name, ...content]. */
function readArray({ type, data }: Element): MatlabArray {
  const [flags, dimensions, name, ...content] = type === DataType.matrix ? splitElements(data) : [];
  if (!flags || !dimensions || !name) return { class: 0, dimensions: [], name: '', content: [] };
  const sizes = decodeNumbers(dimensions) ?? [];
  return { class: flags.data[0] ?? 0, dimensions: sizes, name: name.data.toString('latin1'), content };
}

/** The number of an array's entries. */
const countEntries = (dimensions: readonly number[]): number => dimensions.reduce((product, size) => product * size, 1);

/** The rows of an array of structures; undefined if the element is another array. */
function readStructureArray(element: Element, arrayName: string): MatlabRow[] | undefined {
  const { class: kind, dimensions, name, content } = readArray(element);
  const [length, names, ...values] = content;
  if (kind !== ArrayClass.structure || name !== arrayName || !length || !names) return undefined;
  const nameBytes = length.data.readInt32LE(0);
  if (nameBytes < 1 || names.data.length === 0) throw new Error('its structures have no fields');
  const keys: string[] = [];
  for (let at = 0; at < names.data.length; at += nameBytes) {
    keys.push(names.data.toString('latin1', at, at + nameBytes).replace(/\0.*$/s, ''));
  }
  const expected = countEntries(dimensions) * keys.length;
  if (values.length !== expected)
    throw new Error(`it is damaged: its array ${name} has ${values.length} values, expected ${expected}`);
  const rows: MatlabRow[] = [];
  for (let first = 0; first < values.length; first += keys.length) {
    const entries = keys.flatMap((key, i) => {
      const value = readValue(values[first + i]!);
      return value === undefined ? [] : [[key, value] as const];
    });
    rows.push(new Map(entries));
  }
  return rows;
}

/** The text or the numbers of an array; undefined for other classes. */
function readValue(element: Element): string | number[] | undefined {
  const { class: kind, content } = readArray(element);
  const [values] = content;
  if (!values) return undefined;
  if (kind === ArrayClass.text) return decodeText(values);
  return kind >= ArrayClass.firstNumber && kind <= ArrayClass.lastNumber ? decodeNumbers(values) : undefined;
}

function decodeText({ type, data }: Element): string {
  if (type === DataType.uint16 || type === DataType.utf16) return data.toString('utf16le');
  return data.toString(type === DataType.utf8 ? 'utf8' : 'latin1');
}

/** Numbers may be stored in a smaller type than that of the array. */
function decodeNumbers({ type, data }: Element): number[] | undefined {
  const [bytes, read] = NUMBERS.get(type) ?? [];
  if (bytes === undefined || read === undefined) return undefined;
  return Array.from({ length: Math.floor(data.length / bytes) }, (_, i) => read(data, bytes * i));
}
