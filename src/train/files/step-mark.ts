import { closeSync, constants, fsyncSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { withWriteErrors } from '../../base/files.ts';
import { readTextIfThere } from '../../base/read-file.ts';
import { openRegularFile } from '../../base/regular-file.ts';
import { count, wastedSchema } from '../accounting/wasted.ts';

const markSchema = z.strictObject({
  /** Number of finished steps, including those after the last checkpoint. */
  step: count.int(),
  /** Total seconds of the ledger at that step. */
  seconds: count,
  /** Work that was wasted before this process started; the last checkpoint may not contain it yet. */
  wasted: wastedSchema,
});
export type StepMark = z.infer<typeof markSchema>;

/** Bytes of the file: enough for any mark, because a number takes at most 24 characters and a run has at most 16 stages. */
const LENGTH = 512;
const MAX_BYTES = 65_536;

/** Reads a run's mark; undefined if it does not exist or is damaged. */
export function readStepMark(file: string): StepMark | undefined {
  const text = readTextIfThere(file, { maxBytes: MAX_BYTES });
  if (text === undefined) return undefined;
  try {
    return markSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The number of finished steps, overwritten in place after every step (a few microseconds), so that a resumed run can count
 * the steps that a crash lost after the last checkpoint. If the process crashes, only the unfinished step is missing. If the
 * machine crashes, the marks that the kernel had not written to disk are missing too; `sync` writes them.
 */
export class StepMarkFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #requireHeld: () => void;
  readonly #bytes = Buffer.alloc(LENGTH);

  /** `requireHeld` is called before each write. @throws UserError exit code 73 or 74; 65 if it is not a regular file. */
  constructor(file: string, requireHeld: () => void = () => undefined) {
    this.#file = file;
    this.#requireHeld = requireHeld;
    this.#handle = withWriteErrors(this.#file, () => openRegularFile(file, constants.O_RDWR | constants.O_CREAT));
  }

  write(mark: StepMark): void {
    this.#bytes.fill(' ');
    this.#bytes.write(JSON.stringify(mark));
    this.#requireHeld();
    withWriteErrors(this.#file, () => writeSync(this.#handle, this.#bytes, 0, LENGTH, 0));
  }

  sync(): void {
    withWriteErrors(this.#file, () => {
      fsyncSync(this.#handle);
    });
  }

  close(): void {
    withWriteErrors(this.#file, () => {
      closeSync(this.#handle);
    });
  }
}
