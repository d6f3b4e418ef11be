import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { dataError, ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { readBytes } from '../base/read-file.ts';
import { closeFile, withPath } from '../base/system-error.ts';

/** A file that cannot be read, without a system error. The message follows the file's path: "is truncated". */
export class UnreadableFile extends Error {}

/** Node replaces invalid bytes of a name by U+FFFD. A file with the changed name does not exist. */
export const isNotUtf8 = (name: string): boolean => name.includes('\ufffd');
/** The problem with such a name, and how to fix it. */
export const NOT_UTF8 = 'its name is not UTF-8: rename it';

/** Reads exactly as many bytes as the target holds. @throws UnreadableFile, or the system's error. */
export function readAt(handle: number, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(handle, target, at, target.length - at, position + at);
    if (read === 0) throw new UnreadableFile(`is truncated: it ends at byte ${position + at}`);
    at += read;
  }
}

/**
 * Calls `use` with an open file and its size. Does not wait if the file is a FIFO without a writer.
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

/** The largest image file: 89 million pixels as decimal text. */
const MAX_FILE_BYTES = 2 ** 30;

/** All bytes of an image file. @throws UnreadableFile, or the system's error. */
export const readImageFile = (file: string): Buffer =>
  withRegularFile(file, (handle, size) => {
    if (size > MAX_FILE_BYTES)
      throw new UnreadableFile(`is too large: ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    const bytes = Buffer.allocUnsafe(size);
    readAt(handle, bytes, 0);
    return bytes;
  });

/**
 * All bytes of a file that a dataset needs beside its images, such as a list of labels.
 * @param advice how to fix a missing file, for the message.
 * @throws UserError exit code 65 if it is missing, too large or not a regular file; otherwise the exit code of the system
 * error.
 */
export function readDataFile(file: string, advice: string): Buffer {
  try {
    return readBytes(file, { maxBytes: MAX_FILE_BYTES });
  } catch (error) {
    const cause = error instanceof UserError ? error.cause : undefined;
    throw systemCodeOf(cause) === 'ENOENT' ? dataError(`the file ${file} does not exist: ${advice}`, error) : error;
  }
}

/** System errors about the file itself: missing, a link loop, a socket, a missing device. */
const FILE_ERRORS = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV', 'ENAMETOOLONG'];

/** The exit code for an image or pack that could not be read: 65 if the file is bad, otherwise 77 or 74. */
export function readErrorExitCode(error: unknown): ExitCode {
  const code = systemCodeOf(error);
  if (code === undefined || FILE_ERRORS.includes(code)) return ExitCode.data;
  return code === 'EACCES' || code === 'EPERM' ? ExitCode.noPermission : ExitCode.io;
}
