import { closeSync, constants, fsyncSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { writeFailure } from '../../base/files.ts';
import { readTextIfThere } from '../../base/read-file.ts';
import { openRegularFile } from '../../base/regular-file.ts';
import { count } from '../accounting/ledger.ts';

const markSchema = z.strictObject({
  /** Steps that were finished, also those after the last checkpoint. */
  step: count.int(),
  /** All seconds of the ledger at that step. */
  seconds: count,
  /** What was lost before this process started; a checkpoint that knows of it may not have been written yet. */
  wasted: z.strictObject({ steps: count, seconds: count }),
});
export type Mark = z.infer<typeof markSchema>;

/** The longest mark: every number takes 24 characters at most. */
const LENGTH = 256;
const MAX_BYTES = 65_536;

/** The mark of a run folder, or undefined where there is none or it was damaged. */
export function readMark(file: string): Mark | undefined {
  const text = readTextIfThere(file, { maxBytes: MAX_BYTES });
  if (text === undefined) return undefined;
  try {
    return markSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * How far a run has come, written over in place after every step (a few microseconds): what was done after the last
 * checkpoint can be counted as wasted. The death of the process loses nothing of it but the step it died in; the death of
 * the machine loses what the kernel had not written to the disk yet (`sync` says what must be there).
 */
export class MarkFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #requireHeld: () => void;
  readonly #bytes = Buffer.alloc(LENGTH);

  /** `requireHeld` is asked before each write. @throws UserError exit code 73 or 74, 65 for what is not a regular file. */
  constructor(file: string, requireHeld: () => void = () => undefined) {
    this.#file = file;
    this.#requireHeld = requireHeld;
    this.#handle = this.#named(() => openRegularFile(file, constants.O_RDWR | constants.O_CREAT));
  }

  #named<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
  }

  write(mark: Mark): void {
    this.#bytes.fill(' ');
    this.#bytes.write(JSON.stringify(mark));
    this.#requireHeld();
    this.#named(() => writeSync(this.#handle, this.#bytes, 0, LENGTH, 0));
  }

  sync(): void {
    this.#named(() => {
      fsyncSync(this.#handle);
    });
  }

  close(): void {
    this.#named(() => {
      closeSync(this.#handle);
    });
  }
}
