import { randomBytes } from 'node:crypto';
import { fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { outputFile } from './output-file.ts';
import { pathExists } from './stat.ts';
import { closeFile, withPath, toWriteError } from '../system/system-error.ts';

export { toWriteError as writeFailure };

/** Runs work that writes `file`. @throws UserError exit code 73 or 74 naming the file if a system call fails. */
export function withWriteErrors<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toWriteError(file, error);
  }
}

/** Removes a file if it exists. @throws UserError exit code 73 or 74. */
export function removeFile(file: string): void {
  withWriteErrors(file, () => {
    rmSync(file, { force: true });
  });
}

type Bytes = Uint8Array | string;

/** The errors of network file systems that have no fsync for folders. They are ignored. */
const noFolderSyncErrors = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS']);

/** Writes the entries of a folder (new and renamed files) to disk, so that they survive a power cut. */
export function fsyncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    withPath(folder, () => {
      fsyncSync(handle);
    });
  } catch (error) {
    if (!noFolderSyncErrors.has(systemCodeOf(error) ?? '')) throw error;
  } finally {
    closeFile(folder, handle);
  }
}

/** Writes all bytes at the current position of an open file. */
export function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}

/**
 * Creates a folder and its missing parents. On a read-only file system, Node's own recursive option reports ENOENT; this function
 * reports the real error.
 */
export function makeFolder(path: string): void {
  if (pathExists(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process has just created it.
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/** A random name for a temporary file in the folder of `file`. `removeLeftovers` recognizes it by its ending. */
export const temporaryName = (file: string): string => `${file}.${randomBytes(8).toString('hex')}.tmp`;

/** Writes a new file. Never follows or overwrites an existing file or link with this name. */
function writeNew(file: string, parts: readonly Bytes[], durable: boolean): void {
  const handle = openSync(file, 'wx');
  try {
    for (const part of parts) writeAll(handle, typeof part === 'string' ? Buffer.from(part) : part);
    if (durable) fsyncSync(handle);
  } finally {
    closeFile(file, handle);
  }
}

interface ReplaceOptions {
  /** Whether the file survives a power cut. If not, readers still see the old or the new content, but a power cut may lose both. */
  readonly durable?: boolean;
  /** Called before the first write and before the rename; throws if this process may not write. */
  readonly check?: () => void;
}

/**
 * Writes a file into an existing folder. After any crash the file has its old content or the complete new content. To do so, writes
 * a temporary file in the same folder, then calls fsync, rename, and fsync of the folder. Also replaces a link, device, FIFO or
 * socket; `writeFileAtomic` does not.
 * @throws UserError exit code 74 (73 if the folder cannot be written, 65 for a folder in the place of the file) with the file and
 * the cause.
 */
export function replaceFile(
  file: string,
  parts: readonly Bytes[],
  { durable = true, check = () => undefined }: ReplaceOptions = {},
): void {
  const temporary = temporaryName(file);
  check();
  try {
    writeNew(temporary, parts, durable);
    check();
    renameSync(temporary, file);
    if (durable) fsyncFolder(dirname(file));
  } catch (error) {
    removeQuietly(temporary);
    throw toWriteError(file, error);
  }
}

/**
 * Creates the folder if it is missing, and writes the file as `replaceFile` does. The parts are written one after another. A link
 * stays: the file that it names is written.
 * @throws UserError as `outputFile` and `replaceFile`.
 */
export function writeFileAtomic(file: string, ...parts: readonly Bytes[]): void {
  const target = outputFile(file);
  withWriteErrors(target, () => {
    makeFolder(dirname(target));
  });
  replaceFile(target, parts);
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}
