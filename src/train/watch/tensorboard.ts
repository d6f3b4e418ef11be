import { openSync, readdirSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeFailure } from '../../base/files.ts';
import { closeFile } from '../../base/system-error.ts';
import { crc32c } from './crc32c.ts';

/**
 * TensorBoard's files: TFRecords of tensorflow.Event messages
 * (https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/core/util/event.proto and framework/summary.proto).
 * The few fields in use are encoded here by hand; docs/training.md shows them.
 */
const SESSION_START = 1;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
};

const key = (field: number, wireType: 0 | 1 | 2 | 5): Buffer => varint(field * 8 + wireType);
const integer = (field: number, value: number): Buffer => Buffer.concat([key(field, 0), varint(value)]);
const message = (field: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([key(field, 2), varint(body.length), body]);
};
const text = (field: number, value: string): Buffer => message(field, Buffer.from(value));
const double = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), bytes]);
};
const float = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, 5), bytes]);
};

/** https://www.tensorflow.org/tutorials/load_data/tfrecord: a checksum of data that holds checksums. */
const maskedChecksum = (bytes: Uint8Array): Buffer => {
  const crc = crc32c(bytes);
  const result = Buffer.alloc(4);
  result.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return result;
};

function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedChecksum(length), data, maskedChecksum(data)]);
}

export type Scalars = Readonly<Record<string, number>>;

/** TensorBoard reads the files in the order of the seconds in their names: a clock that was set back must not change it. */
function secondsAfterAll(folder: string, now: Date): number {
  const taken = readdirSync(folder).map((name) => Number(/\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
  return Math.max(Math.floor(now.getTime() / 1000), ...taken.map((seconds) => seconds + 1));
}

/** One file of events, of one process of a run; TensorBoard reads all files of the folder as one run. */
export class TensorBoardWriter {
  readonly #file: string;
  readonly #handle: number;

  /**
   * `finished`: the last step before this process; 0 for a new run. A START event tells TensorBoard to drop what earlier
   * files hold at its step and beyond (`_Purge` in tensorboard/backend/event_processing/event_accumulator.py), so it
   * stands at the first step that this process will take.
   */
  constructor(folder: string, finished: number, now = new Date()) {
    const seconds = String(secondsAfterAll(folder, now)).padStart(10, '0');
    this.#file = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    try {
      this.#handle = openSync(this.#file, 'ax');
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
    this.#write(now, 0, text(3, 'brain.Event:2'));
    this.#write(now, finished + 1, message(7, integer(1, SESSION_START)));
  }

  scalars(step: number, values: Scalars, now = new Date()): void {
    const parts = Object.entries(values).map(([tag, value]) => message(1, text(1, tag), float(2, value)));
    this.#write(now, step, message(5, ...parts));
  }

  #write(now: Date, step: number, content: Buffer): void {
    const bytes = record(Buffer.concat([double(1, now.getTime() / 1000), integer(2, step), content]));
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at);
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
  }

  close(): void {
    closeFile(this.#file, this.#handle);
  }
}
