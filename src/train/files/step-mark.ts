import { closeSync, constants, fsyncSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { withWriteErrors } from '../../base/files/files.ts';
import { readTextIfExists } from '../../base/files/read-file.ts';
import { openRegularFile } from '../../base/files/regular-file.ts';
import { count, wastedSchema } from '../accounting/wasted.ts';

const markSchema = z.strictObject({
  /** Number of finished steps, including those after the last checkpoint. */
  step: count.int(),
  /** Total seconds of the ledger at that step. */
  seconds: count,
  /** The wasted work of earlier processes. The last checkpoint may not contain it yet. */
  wasted: wastedSchema,
});
export type StepMark = z.infer<typeof markSchema>;

/** The size of the file. It is enough for any mark: a number takes at most 24 characters, and a run has at most 16 stages. */
const FILE_BYTES = 512;
const MAX_BYTES = 65_536;

/** Reads a run's mark; undefined if it does not exist or is damaged. */
export function readStepMark(file: string): StepMark | undefined {
  const text = readTextIfExists(file, { maxBytes: MAX_BYTES });
  if (text === undefined) return undefined;
  try {
    return markSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The file with the number of finished steps. It is overwritten in place after every step, in a few microseconds. From it, a resumed
 * run counts the steps that a crash lost after the last checkpoint. After a crash of the process, only the unfinished step is
 * missing. After a crash of the machine, the marks since the last `sync` may be missing too.
 */
export class StepMarkFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #requireHeld: () => void;
  readonly #bytes = Buffer.alloc(FILE_BYTES);

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
    withWriteErrors(this.#file, () => writeSync(this.#handle, this.#bytes, 0, FILE_BYTES, 0));
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
