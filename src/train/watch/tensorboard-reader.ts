import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPath } from '../../base/system/system-error.ts';

/** A TFRecord: length (8 bytes), its checksum (4), the data, their checksum (4). See tensorboard.ts for the messages. */
const HEAD_BYTES = 12;
const TAIL_BYTES = 4;

/** Reads the data of each complete record of a TFRecord file. Leaves out an incomplete last record. */
function* readRecords(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const end = at + HEAD_BYTES + Number(bytes.readBigUInt64LE(at));
    if (end + TAIL_BYTES > bytes.length) return;
    yield bytes.subarray(at + HEAD_BYTES, end);
    at = end + TAIL_BYTES;
  }
}

interface Field {
  readonly number: number;
  /** The value for wire type 0; otherwise 0. */
  readonly value: number;
  /** The bytes for the other wire types; otherwise empty. */
  readonly bytes: Buffer;
}

const BYTES_OF_WIRE_TYPE: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Reads the fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/). */
function* readFields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const key = varint();
    const [number, wireType] = [Math.floor(key / 8), key % 8];
    const value = wireType === 0 ? varint() : 0;
    const length = wireType === 2 ? varint() : (BYTES_OF_WIRE_TYPE[wireType] ?? 0);
    yield { number, value, bytes: message.subarray(at, at + length) };
    at += length;
  }
}

const findField = (message: Buffer, fieldNumber: number): Field | undefined =>
  [...readFields(message)].find(({ number }) => number === fieldNumber);

/** Field numbers of Event. */
const [STEP, SUMMARY, SESSION_LOG] = [2, 5, 7];

const hasTag = (summary: Buffer, tag: string): boolean =>
  [...readFields(summary)].some(({ bytes }) => findField(bytes, 1)?.bytes.toString() === tag);

const listEventFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.includes('tfevents'))
    .map(({ name }) => join(folder, name))
    .sort();

/** Whether TensorBoard shows a value of `tag` at `step`: a file contains it, and no later START event drops it. */
export function showsScalar(folder: string, step: number, tag: string): boolean {
  let shown = false;
  for (const file of listEventFiles(folder))
    for (const event of readRecords(withPath(file, () => readFileSync(file)))) {
      const at = findField(event, STEP)?.value ?? 0;
      const summary = findField(event, SUMMARY)?.bytes;
      if (findField(event, SESSION_LOG) && at <= step) shown = false;
      else if (at === step && summary && hasTag(summary, tag)) shown = true;
    }
  return shown;
}
