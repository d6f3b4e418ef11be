import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { systemCodeOf } from '../base/errors.ts';
import { writeFailure } from '../base/files.ts';

const markSchema = z.strictObject({
  /** Steps that were finished, also those after the last checkpoint. */
  step: z.number().nonnegative(),
  /** All seconds of the ledger at that step. */
  seconds: z.number().nonnegative(),
  /** What was lost before this process started; a checkpoint that knows of it may not have been written yet. */
  wasted: z.strictObject({ steps: z.number().nonnegative(), seconds: z.number().nonnegative() }),
});
export type Mark = z.infer<typeof markSchema>;

/** The longest mark: every number takes 24 characters at most. */
const LENGTH = 256;

/** The mark of a run folder, or undefined where there is none or it was damaged. */
export function readMark(file: string): Mark | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
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
  readonly #bytes = Buffer.alloc(LENGTH);

  constructor(file: string) {
    this.#file = file;
    try {
      this.#handle = openSync(file, 'a+');
      closeSync(this.#handle);
      this.#handle = openSync(file, 'r+');
    } catch (error) {
      throw writeFailure(file, error);
    }
  }

  write(mark: Mark): void {
    this.#bytes.fill(' ');
    this.#bytes.write(JSON.stringify(mark));
    try {
      writeSync(this.#handle, this.#bytes, 0, LENGTH, 0);
    } catch (error) {
      throw writeFailure(this.#file, error);
    }
  }

  sync(): void {
    fsyncSync(this.#handle);
  }

  close(): void {
    closeSync(this.#handle);
  }
}
