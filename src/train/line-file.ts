import { closeSync, fstatSync, openSync, readSync, truncateSync, writeSync } from 'node:fs';
import { systemCodeOf } from '../base/errors.ts';
import { writeFailure } from '../base/files.ts';

const NEWLINE = 10;
const BLOCK = 65536;

/** Where the last whole line of an open file ends. */
function endOfLastLine(handle: number, size: number): number {
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK);
    const got = readSync(handle, block, 0, end - start, start);
    const at = block.subarray(0, got).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** Cuts off the last line of a file where it has no end, as a process that was killed leaves it; how many bytes that were. */
export function mendLastLine(file: string): number {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 0;
    throw writeFailure(file, error);
  }
  try {
    const { size } = fstatSync(handle);
    const end = endOfLastLine(handle, size);
    if (end < size) truncateSync(file, end);
    return size - end;
  } catch (error) {
    throw writeFailure(file, error);
  } finally {
    closeSync(handle);
  }
}

/** A file that grows line by line; what is written is in the kernel's hands when `write` returns. */
export class LineFile {
  readonly #file: string;
  readonly #handle: number;

  constructor(file: string) {
    this.#file = file;
    try {
      this.#handle = openSync(file, 'a');
    } catch (error) {
      throw writeFailure(file, error);
    }
  }

  /** `text` with its newline. @throws UserError exit code 74, as when the disk is full. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at);
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
  }

  close(): void {
    closeSync(this.#handle);
  }
}
