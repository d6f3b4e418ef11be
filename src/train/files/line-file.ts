import { closeSync, constants } from 'node:fs';
import { withWriteErrors, writeAll } from '../../base/files/files.ts';
import { openRegularFile } from '../../base/files/regular-file.ts';

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
