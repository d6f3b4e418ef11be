import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { dataError, ExitCode, messageOf, systemCodeOf } from '../base/errors.ts';
import { closeFile, isSystemError, readFailure, withPath } from '../base/system-error.ts';

/** Why a file cannot be read, where the system gives no reason; said so that it can follow its path. */
export class UnreadableFile extends Error {}

/** Names come as text: a byte that is none becomes this sign, and under such a name the system finds nothing. */
export const isNotUtf8 = (name: string): boolean => name.includes('\ufffd');
export const NOT_UTF8 = 'its name is not UTF-8, rename it';

/** Reads exactly as many bytes as the target holds. @throws UnreadableFile, or the system's error. */
export function readAt(handle: number, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(handle, target, at, target.length - at, position + at);
    if (read === 0) throw new UnreadableFile(`ends too early, at byte ${position + at}`);
    at += read;
  }
}

/**
 * Gives `use` an open file and its size, without waiting at a FIFO for a writer who never comes.
 * @throws UnreadableFile, or the system's error.
 */
export function withRegularFile<Result>(file: string, use: (handle: number, bytes: number) => Result): Result {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return withPath(file, () => {
      const stat = fstatSync(handle);
      if (!stat.isFile()) throw new UnreadableFile('is not a regular file');
      return use(handle, stat.size);
    });
  } finally {
    closeFile(file, handle);
  }
}

/** As large as the largest image may be that is read: 89 million pixels as decimal text. */
const MAX_FILE_BYTES = 2 ** 30;

/** The whole of a file. @throws UnreadableFile, or the system's error. */
export const readRegularFile = (file: string, maxBytes = MAX_FILE_BYTES): Buffer =>
  withRegularFile(file, (handle, size) => {
    if (size > maxBytes) throw new UnreadableFile(`is too large: ${size} bytes, at most ${maxBytes} are read`);
    const bytes = Buffer.allocUnsafe(size);
    readAt(handle, bytes, 0);
    return bytes;
  });

/** The whole of a file that says what images are. @throws UserError naming it: 65 where it is no file, else by the system's error. */
export function readList(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (isSystemError(error) && systemCodeOf(error) !== 'ENOENT') throw readFailure(file, error);
    throw dataError(`cannot read ${file}: ${messageOf(error)}`, error);
  }
}

/** What says of a file itself that there is nothing to read: no entry, a link in circles, a socket, a device without one. */
const FILE_ERRORS = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV', 'ENAMETOOLONG'];

/** The exit code of an image or pack that could not be read: 65 where that is the file's fault, else 77 or 74. */
export function readErrorExitCode(error: unknown): ExitCode {
  const code = systemCodeOf(error);
  if (code === undefined || FILE_ERRORS.includes(code)) return ExitCode.data;
  return code === 'EACCES' || code === 'EPERM' ? ExitCode.noPermission : ExitCode.io;
}
