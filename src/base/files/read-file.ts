import { constants, fstatSync, readSync } from 'node:fs';
import { dataError, ExitCode, UserError } from '../errors.ts';
import { openRegularFile } from './regular-file.ts';
import { closeFile, isNulInPath, isSystemError, readFailure, withPath } from '../system/system-error.ts';

/** The size of the pieces in which the rest of a file is read if it grows while it is read. */
const PIECE_BYTES = 65_536;
/** The maximum size of a Buffer on every machine. */
const MAX_BYTES = 2 ** 31 - 1;

interface ReadOptions {
  readonly maxBytes?: number;
}

/**
 * Reads a complete file, even if it grows in the meantime or if the system does not know its size (`/proc`).
 * @throws UserError exit code 65 if it is not a regular file or is larger than `maxBytes`; otherwise the system's error with
 * the path.
 */
export function readRegularFile(path: string, options: ReadOptions = {}): Buffer {
  const { maxBytes = MAX_BYTES } = options;
  const handle = openRegularFile(path, constants.O_RDONLY);
  try {
    return withPath(path, () => readAll(path, handle, maxBytes));
  } finally {
    closeFile(path, handle);
  }
}

function readAll(path: string, handle: number, maxBytes: number): Buffer {
  const pieces: Buffer[] = [];
  const { size } = fstatSync(handle);
  refuseLarger(path, size, maxBytes);
  for (let [total, next] = [0, size + 1]; ; next = PIECE_BYTES) {
    const piece = Buffer.allocUnsafe(next);
    const count = readSync(handle, piece, 0, piece.length, total);
    if (count === 0) return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
    total += count;
    refuseLarger(path, total, maxBytes);
  }
}

function refuseLarger(path: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw dataError(`${path} has ${bytes} bytes or more, expected at most ${maxBytes}: name another file`);
}

/**
 * Reads the bytes of a file. @throws UserError exit code 65 as `readRegularFile`, 66 if it does not exist, 74 and others if the
 * system refuses it (docs/exit-codes.md).
 */
export function readBytes(path: string, options: ReadOptions = {}): Buffer {
  try {
    return readRegularFile(path, options);
  } catch (error) {
    throw isSystemError(error) || isNulInPath(error) ? readFailure(path, error) : error;
  }
}

/** Reads the text of a file. @throws UserError as `readBytes`. */
export const readText = (path: string, options: ReadOptions = {}): string => readBytes(path, options).toString('utf8');

/** Reads the text of a file; undefined if it does not exist. @throws UserError as `readBytes` for all other errors. */
export function readTextIfExists(path: string, options: ReadOptions = {}): string | undefined {
  try {
    return readText(path, options);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.noInput) return undefined;
    throw error;
  }
}

/** Reads at most the last `bytes` bytes of a file as text. @throws as `readRegularFile`. */
export function readEndOfFile(path: string, bytes: number): string {
  const handle = openRegularFile(path);
  try {
    return withPath(path, () => {
      const { size } = fstatSync(handle);
      const buffer = Buffer.alloc(Math.min(bytes, size));
      const count = readSync(handle, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8', 0, count);
    });
  } finally {
    closeFile(path, handle);
  }
}
