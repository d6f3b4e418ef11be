import { openSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { withWriteErrors, writeAll } from '../../base/files/files.ts';
import { closeFile } from '../../base/system/system-error.ts';
import { crc32c } from './crc32c.ts';

/*
 * TensorBoard's files are TFRecords of tensorflow.Event messages
 * (https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/core/util/event.proto and framework/summary.proto).
 * This file encodes the fields that are needed. Event: 1 wall_time, 2 step, 3 file_version, 5 summary, 7 session_log.
 * Summary: 1 value. Value: 1 tag, 2 simple_value. SessionLog: 1 status.
 */

/** SessionLog.SessionStatus.START */
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

/** The masked CRC-32C of a TFRecord (https://www.tensorflow.org/tutorials/load_data/tfrecord). */
const maskedChecksum = (bytes: Uint8Array): Buffer => {
  const crc = crc32c(bytes);
  const result = Buffer.alloc(4);
  result.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return result;
};

/** Encodes a TFRecord: length, checksum of the length, data, checksum of the data. */
function encodeRecord(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedChecksum(length), data, maskedChecksum(data)]);
}

export type Scalars = Readonly<Record<string, number>>;

/**
 * The seconds in the name of a new file: the current time, or one more than the latest file has. TensorBoard reads the files in the
 * order of these seconds, and a clock that was set back must not change that order.
 */
function nextFileSeconds(folder: string, now: Date): number {
  const existing = readdirSync(folder).map((name) => Number(/\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
  return Math.max(Math.floor(now.getTime() / 1000), ...existing.map((seconds) => seconds + 1));
}

/** Writes the event file of one process. TensorBoard reads all files of the folder as one run. */
export class TensorBoardWriter {
  readonly #file: string;
  readonly #handle: number;

  /**
   * `finished`: the number of steps before this process; 0 for a new run. Writes a START event with the first step that this process
   * will execute. At a START event, TensorBoard drops the values of earlier files at its step and later steps (`_Purge` in
   * tensorboard/backend/event_processing/event_accumulator.py).
   * @throws UserError exit code 73 or 74 if the file cannot be written.
   */
  constructor(folder: string, finished: number, now = new Date()) {
    const seconds = String(nextFileSeconds(folder, now)).padStart(10, '0');
    this.#file = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    this.#handle = withWriteErrors(this.#file, () => openSync(this.#file, 'ax'));
    this.#write(now, 0, text(3, 'brain.Event:2'));
    this.#write(now, finished + 1, message(7, integer(1, SESSION_START)));
  }

  scalars(step: number, values: Scalars, now = new Date()): void {
    const parts = Object.entries(values).map(([tag, value]) => message(1, text(1, tag), float(2, value)));
    this.#write(now, step, message(5, ...parts));
  }

  #write(now: Date, step: number, content: Buffer): void {
    const bytes = encodeRecord(Buffer.concat([double(1, now.getTime() / 1000), integer(2, step), content]));
    withWriteErrors(this.#file, () => {
      writeAll(this.#handle, bytes);
    });
  }

  close(): void {
    closeFile(this.#file, this.#handle);
  }
}
