import { closeSync, constants, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { systemCodeOf } from '../../base/errors.ts';
import { writeAll, writeFailure } from '../../base/files.ts';
import { openRegularFile } from '../../base/regular-file.ts';

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
export function repairLastLine(file: string): number {
  try {
    return mendOpenFile(openRegularFile(file, constants.O_RDWR));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 0;
    throw writeFailure(file, error);
  }
}

function mendOpenFile(handle: number): number {
  try {
    const { size } = fstatSync(handle);
    const end = endOfLastLine(handle, size);
    if (end < size) ftruncateSync(handle, end);
    return size - end;
  } finally {
    closeSync(handle);
  }
}

/** A file that grows line by line; what is written is in the kernel's hands when `write` returns. */
export class LineFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #requireHeld: () => void;

  /** `requireHeld` is asked before each write. @throws UserError exit code 73 or 74, 65 for what is not a regular file. */
  constructor(file: string, requireHeld: () => void) {
    this.#file = file;
    this.#requireHeld = requireHeld;
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    this.#handle = this.#named(() => openRegularFile(file, O_APPEND | O_CREAT | O_WRONLY));
  }

  #named<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
  }

  /** `text` with its newline. @throws UserError exit code 74, as when the disk is full. */
  write(text: string): void {
    this.#requireHeld();
    this.#named(() => {
      writeAll(this.#handle, Buffer.from(text));
    });
  }

  close(): void {
    this.#named(() => {
      closeSync(this.#handle);
    });
  }
}
