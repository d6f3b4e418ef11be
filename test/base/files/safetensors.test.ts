import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import {
  encodeSafetensors,
  toFloat32,
  toInt64,
  readSafetensors,
  type StoredTensor,
} from '../../../src/base/files/safetensors.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const writeParts = (...parts: Uint8Array[]): string => {
  const file = join(folder, 'file.safetensors');
  writeFileSync(file, Buffer.concat(parts));
  return file;
};

/**
 * Writes a file with this header and this many zero bytes of data.
 * @param length the header's length that the file states; default: the true length.
 */
function fileWithHeader(header: unknown, dataBytes: number, length?: bigint): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  return writeParts(prefix, json, Buffer.alloc(dataBytes));
}

const tensors = new Map([
  ['layer.weight', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-30, 6) }],
  ['scalar', { shape: [], values: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], values: new Float32Array(0) }],
]);

describe('a file that is read back', () => {
  it('has the same names, shapes, values and metadata', () => {
    const read = readSafetensors(writeParts(...encodeSafetensors(tensors, { step: '12' })));
    expect(read.metadata).toEqual({ step: '12' });
    const back = [...read.tensors].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: toFloat32(name, tensor) },
    ]);
    expect(back).toEqual([...tensors]);
  });

  it('has the layout of the specification: length, JSON header, then numbers at a multiple of 8 bytes', () => {
    const bytes = readFileSync(writeParts(...encodeSafetensors(tensors)));
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, unknown>;
    expect(header['layer.weight']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(length % 8).toBe(0);
    expect(bytes.readFloatLE(8 + length + 2 * 4)).toBe(3.5);
    expect(bytes.length).toBe(8 + length + 7 * 4);
  });
});

const entry = (shape: unknown, offsets: unknown, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
});

describe('a bad file is refused by name with exit code 65', () => {
  const bad: [string, () => string, RegExp][] = [
    ['empty', () => writeParts(), /it is empty/],
    ['a truncated length', () => writeParts(Buffer.of(1, 0, 0)), /3 bytes, fewer than/],
    [
      'a tensor twice',
      () =>
        fileWithHeader(
          '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
          4,
        ),
      /its header contains "a" twice/,
    ],
    [
      'a type twice',
      () => fileWithHeader('{"a":{"dtype":"I32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      /its header contains "dtype" twice/,
    ],
    [
      'a tensor named __proto__ with an unknown type',
      () => fileWithHeader('{"__proto__":{"dtype":"F33","shape":[0],"data_offsets":[0,0]}}', 0),
      /__proto__: dtype/,
    ],
    ['a header longer than the file', () => fileWithHeader({}, 0, 9n), /claims 9 bytes of a file of 10/],
    ['a huge header', () => fileWithHeader({}, 0, 2n ** 63n), /claims 9223372036854775808/],
    ['a header that is not JSON', () => fileWithHeader('{nonsense', 0), /JSON/],
    ['a header that is a list', () => fileWithHeader([1], 0), /expected record/],
    ['a header that is not UTF-8', () => writeParts(Buffer.from('0200000000000000ff22', 'hex')), /encoded data/],
    ['an unknown type', () => fileWithHeader({ a: entry([1], [0, 4], 'F33') }, 4), /a: dtype: .*"F32"/],
    ['a negative size', () => fileWithHeader({ a: entry([-1], [0, 4]) }, 4), /a: shape.0/],
    ['a size that is not an integer', () => fileWithHeader({ a: entry([0.5], [0, 2]) }, 2), /a: shape.0/],
    [
      'an infinite size',
      () => fileWithHeader('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4),
      /a: shape.0/,
    ],
    [
      'sizes whose product overflows',
      () => fileWithHeader({ a: entry([2 ** 52, 2 ** 52], [0, 4]) }, 4),
      /a has 4 bytes, expected/,
    ],
    ['offsets that do not fit the shape', () => fileWithHeader({ a: entry([2], [0, 4]) }, 4), /4 bytes, expected 8/],
    [
      'overlapping tensors',
      () => fileWithHeader({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }, 12),
      /b starts at byte 4, expected 8/,
    ],
    [
      'a gap between tensors',
      () => fileWithHeader({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12),
      /b starts at byte 8, expected 4/,
    ],
    ['bytes after the last tensor', () => fileWithHeader({ a: entry([1], [0, 4]) }, 5), /5 bytes of data, expected 4/],
    ['metadata that is not text', () => fileWithHeader({ __metadata__: { a: 1 } }, 0), /expected string/],
  ];
  it.each(bad)('%s', (_, make, message) => {
    let error: unknown;
    try {
      readSafetensors(make());
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(65);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).toContain('file.safetensors');
  });

  it('truncated after any byte', () => {
    const whole = Buffer.concat(encodeSafetensors(tensors));
    for (let length = 0; length < whole.length; length++)
      expect(() => readSafetensors(writeParts(whole.subarray(0, length)))).toThrow(UserError);
  });

  it('missing, with exit code 66', () => {
    expect(() => readSafetensors(join(folder, 'missing'))).toThrow(expect.objectContaining({ exitCode: 66 }));
  });
});

describe('toFloat32', () => {
  const tensorOf = (dtype: StoredTensor['dtype'], numbers: ArrayBufferView): StoredTensor => ({
    dtype,
    shape: [],
    bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
  });

  it('reads binary16: 1, -2, the largest, the smallest, infinity', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00);
    expect([...toFloat32('h', tensorOf('F16', bits))]).toEqual([1, -2, 65504, 2 ** -24, Infinity]);
  });

  it('reads bfloat16 as the upper half of a float32', () => {
    const floats = Float32Array.of(1, -3.140625, 2 ** 100);
    const halves = new Uint16Array(floats.buffer).filter((_, i) => i % 2 === 1);
    expect(toFloat32('b', tensorOf('BF16', halves))).toEqual(floats);
  });

  it('rounds float64', () => {
    expect([...toFloat32('d', tensorOf('F64', Float64Array.of(0.1, 2)))]).toEqual([Math.fround(0.1), 2]);
  });

  it('refuses integers and names the tensor', () => {
    expect(() => toFloat32('bn1.num_batches_tracked', tensorOf('I64', BigInt64Array.of(1n)))).toThrow(
      /bn1.num_batches_tracked has the type I64, expected a floating-point type/,
    );
  });

  it('rounds float64 to the nearest, ties to even, also below the normal range and beyond it', () => {
    const step = 2 ** -23;
    const doubles = [1 + step / 2, 1 + 1.5 * step, 2 ** -149, 2 ** -150, 3 * 2 ** -150, 2 ** 128, -NaN, -0];
    const floats = [1, 1 + 2 * step, 2 ** -149, 0, 2 ** -148, Infinity, NaN, -0];
    expect([...toFloat32('d', tensorOf('F64', Float64Array.from(doubles)))]).toEqual(floats);
  });

  it('keeps the sign of zero, infinity and NaN of 16 bits', () => {
    const half = Uint16Array.of(0x8000, 0xfc00, 0x7e01, 0x03ff, 0x0400);
    expect([...toFloat32('h', tensorOf('F16', half))]).toEqual([-0, -Infinity, NaN, 1023 * 2 ** -24, 2 ** -14]);
    const brain = Uint16Array.of(0x8000, 0xff80, 0x7fc1, 0x0001, 0x0080);
    expect([...toFloat32('b', tensorOf('BF16', brain))]).toEqual([-0, -Infinity, NaN, 2 ** -133, 2 ** -126]);
  });
});

describe('toInt64', () => {
  const scalar = (dtype: StoredTensor['dtype'], numbers: ArrayBufferView): StoredTensor => ({
    dtype,
    shape: [],
    bytes: new Uint8Array(numbers.buffer),
  });

  it.each([
    ['I64', BigInt64Array.of(-(2n ** 60n)), -(2n ** 60n)],
    ['U64', BigUint64Array.of(5n), 5n],
    ['I32', Int32Array.of(-7), -7n],
    ['U8', Uint8Array.of(200), 200n],
    ['I8', Int8Array.of(-2), -2n],
    ['F32', Float32Array.of(12.9), 12n],
    ['F64', Float64Array.of(2 ** 40), 2n ** 40n],
    ['BF16', Uint16Array.of(0x42c8), 100n],
  ] as const)('reads %s', (dtype, numbers, value) => {
    expect(toInt64('n', scalar(dtype, numbers))).toBe(value);
  });

  it('refuses an infinite value and more than one number', () => {
    expect(() => toInt64('n', scalar('F16', Uint16Array.of(0x7c00)))).toThrow(
      /n is Infinity, expected a finite number/,
    );
    const two = { ...scalar('I64', BigInt64Array.of(1n, 2n)), shape: [2] };
    expect(() => toInt64('n', two)).toThrow(/n has the shape \[2\], expected one number/);
  });
});
