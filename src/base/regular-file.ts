import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from './errors.ts';

/**
 * Opens a file, and refuses what is not a regular file: a FIFO or a device under its name could keep a reader waiting for
 * ever. The caller closes the handle.
 * @param flags of open(2); they must not depend on a reader or writer at the other end.
 * @throws UserError 65 for anything but a regular file; the system's error where it cannot be opened.
 */
export function openRegularFile(file: string, flags: number = constants.O_RDONLY): number {
  const handle = openWithoutWaiting(file, flags);
  if (fstatSync(handle).isFile()) return handle;
  closeSync(handle);
  throw notRegular(file);
}

const notRegular = (file: string, cause?: unknown): UserError =>
  dataError(
    `${file}: expected a regular file, got a folder, pipe or device: move it away and try again`,
    cause,
  );

function openWithoutWaiting(file: string, flags: number): number {
  try {
    return openSync(file, flags | constants.O_NONBLOCK, 0o666);
  } catch (error) {
    // To write into a pipe that nobody reads, or into a folder.
    const code = systemCodeOf(error);
    throw code === 'ENXIO' || code === 'EISDIR' ? notRegular(file, error) : error;
  }
}

function withRegularFile<T>(file: string, read: (handle: number) => T): T {
  const handle = openRegularFile(file);
  try {
    return read(handle);
  } catch (error) {
    // A failed read names no file.
    throw new UserError(`cannot read ${file}: ${messageOf(error)}`, ExitCode.io, { cause: error });
  } finally {
    closeSync(handle);
  }
}

/** A regular file's text. @throws UserError 65 for anything else, 74 where reading fails; the system's error from open. */
export const readRegularFile = (file: string): string =>
  withRegularFile(file, (handle) => readFileSync(handle, 'utf8'));

/** The last bytes of a regular file as text, however long the file is. @throws as `readRegularFile`. */
export const readEndOfFile = (file: string, bytes: number): string =>
  withRegularFile(file, (handle) => {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const count = readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, count);
  });
