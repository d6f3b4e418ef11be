import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Length (8 bytes), its checksum (4), the data, their checksum (4); see tensorboard.ts for the formats. */
const HEAD_BYTES = 12;
const TAIL_BYTES = 4;

/** The whole records of a TFRecord file; one that was cut off at the end of the file is left out. */
function* recordsIn(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const end = at + HEAD_BYTES + Number(bytes.readBigUInt64LE(at));
    if (end + TAIL_BYTES > bytes.length) return;
    yield bytes.subarray(at + HEAD_BYTES, end);
    at = end + TAIL_BYTES;
  }
}

interface Field {
  readonly number: number;
  /** Of wire type 0. */
  readonly value: number;
  /** Of the other wire types. */
  readonly bytes: Buffer;
}

const BYTES_OF_WIRE_TYPE: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/). */
function* fieldsIn(message: Buffer): Generator<Field> {
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

const fieldOf = (message: Buffer, wanted: number): Field | undefined =>
  [...fieldsIn(message)].find(({ number }) => number === wanted);

/** Event: 2 step, 5 summary, 7 session_log. */
const [STEP, SUMMARY, SESSION_LOG] = [2, 5, 7];

const hasTag = (summary: Buffer, tag: string): boolean =>
  [...fieldsIn(summary)].some(({ bytes }) => fieldOf(bytes, 1)?.bytes.toString() === tag);

const eventFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.includes('tfevents'))
    .map(({ name }) => join(folder, name))
    .sort();

/** Whether TensorBoard shows a value of `tag` at `step`: it was written, and no later START at or before it dropped it. */
export function showsScalar(folder: string, step: number, tag: string): boolean {
  let shown = false;
  for (const file of eventFiles(folder))
    for (const event of recordsIn(readFileSync(file))) {
      const at = fieldOf(event, STEP)?.value ?? 0;
      const summary = fieldOf(event, SUMMARY)?.bytes;
      if (fieldOf(event, SESSION_LOG) && at <= step) shown = false;
      else if (at === step && summary && hasTag(summary, tag)) shown = true;
    }
  return shown;
}
