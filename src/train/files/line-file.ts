import { closeSync, constants, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { systemCodeOf } from '../../base/errors.ts';
import { withWriteErrors, writeAll, writeFailure } from '../../base/files/files.ts';
import { openRegularFile } from '../../base/files/regular-file.ts';

const NEWLINE = 10;
const BLOCK_BYTES = 65_536;

/** The offset in bytes at which the last complete line of an open file ends; 0 without a complete line. */
function findLastLineEnd(handle: number, size: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const count = readSync(handle, block, 0, end - start, start);
    const index = block.subarray(0, count).lastIndexOf(NEWLINE);
    if (index >= 0) return start + index + 1;
    end = start;
  }
  return 0;
}

/**
 * Removes an incomplete last line, which a killed process leaves behind. Returns the number of removed bytes.
 * @throws UserError exit code 73 or 74 if the file cannot be written.
 */
export function removePartialLine(file: string): number {
  try {
    return truncatePartialLine(openRegularFile(file, constants.O_RDWR));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 0;
    throw writeFailure(file, error);
  }
}

function truncatePartialLine(handle: number): number {
  try {
    const { size } = fstatSync(handle);
    const end = findLastLineEnd(handle, size);
    if (end < size) ftruncateSync(handle, end);
    return size - end;
  } finally {
    closeSync(handle);
  }
}

/** A file to append lines to. When `write` returns, the kernel has the line, so a crash of the process does not lose it. */
export class LineFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #requireHeld: () => void;

  /** `requireHeld` is called before each write. @throws UserError exit code 73 or 74; 65 if it is not a regular file. */
  constructor(file: string, requireHeld: () => void) {
    this.#file = file;
    this.#requireHeld = requireHeld;
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    this.#handle = withWriteErrors(this.#file, () => openRegularFile(file, O_APPEND | O_CREAT | O_WRONLY));
  }

  /** Appends `text`, which ends with a newline. @throws UserError exit code 74, for example if the disk is full. */
  write(text: string): void {
    this.#requireHeld();
    withWriteErrors(this.#file, () => {
      writeAll(this.#handle, Buffer.from(text));
    });
  }

  close(): void {
    withWriteErrors(this.#file, () => {
      closeSync(this.#handle);
    });
  }
}
