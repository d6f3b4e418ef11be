import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/train/watch/crc32c.ts';
import { TensorBoardWriter } from '../../../src/train/watch/tensorboard.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** CRC-32C by polynomial division bit by bit, without a table. */
function bitwiseCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const odd = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (odd ? 0x82f63b78 : 0);
    }
  return ~crc >>> 0;
}

describe('crc32c', () => {
  it.each([
    // RFC 3720, appendix B.4
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ])('of %s is the published value', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    expect(bitwiseCrc(bytes)).toBe(expected);
  });
});

/** Parses a protocol buffer message into [field, wire type, value], after the specification of the wire format. */
function fieldsOf(bytes: Buffer): [number, number, bigint | Buffer][] {
  const fields: [number, number, bigint | Buffer][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
    if (wire === 0) fields.push([key >> 3, wire, varint()]);
    else {
      fields.push([key >> 3, wire, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

/** The records of a TFRecord file; verifies both checksums of each. */
function recordsOf(bytes: Buffer): Buffer[] {
  const unmask = (masked: number): number => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(unmask(bytes.readUInt32LE(at + 8))).toBe(bitwiseCrc(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmask(bytes.readUInt32LE(at + 12 + length))).toBe(bitwiseCrc(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

describe('an event file', () => {
  it('begins with its version and the first step of the process, and has one record per call', () => {
    const now = new Date(1_700_000_000_500);
    const writer = new TensorBoardWriter(folder.path, 300, now);
    writer.scalars(301, { 'training/loss': 0.25, 'validation/top5': 0.5 }, now);
    writer.close();
    const [name] = readdirSync(folder.path);
    expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
    const [version, start, step, ...more] = recordsOf(readFileSync(folder.at(name!))).map(fieldsOf);
    expect(more).toEqual([]);
    const seconds = Buffer.alloc(8);
    seconds.writeDoubleLE(1_700_000_000.5);
    // Event: 1 wall_time, 2 step, 3 file_version, 5 summary, 7 session_log { 1 status: START = 1 }
    expect(version).toEqual([
      [1, 1, seconds],
      [2, 0, 0n],
      [3, 2, Buffer.from('brain.Event:2')],
    ]);
    expect(start!.slice(1)).toEqual([
      [2, 0, 301n],
      [7, 2, Buffer.from([8, 1])],
    ]);
    expect(step![1]).toEqual([2, 0, 301n]);
    const values = fieldsOf(step![2]![2] as Buffer).map(([field, , value]) => {
      const [tag, number] = fieldsOf(value as Buffer);
      return [field, String(tag![2]), (number![2] as Buffer).readFloatLE()];
    });
    // Summary: 1 value { 1 tag, 2 simple_value }
    expect(values).toEqual([
      [1, 'training/loss', 0.25],
      [1, 'validation/top5', 0.5],
    ]);
  });

  it('sorts after earlier files even if the clock was set back', () => {
    const own = temporaryFolder();
    const at = (seconds: number) => new Date(seconds * 1000);
    for (const [step, seconds] of [
      [0, 1_700_000_000],
      [10, 1_699_913_600],
      [20, 1_699_913_700],
    ] as const)
      new TensorBoardWriter(own.path, step, at(seconds)).close();
    const steps = readdirSync(own.path)
      .sort()
      .map((name) => fieldsOf(recordsOf(readFileSync(own.at(name)))[1]!)[1]![2]);
    expect(steps).toEqual([1n, 11n, 21n]);
    own.remove();
  });
});
