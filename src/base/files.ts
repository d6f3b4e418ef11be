import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, messageOf, systemCodeOf, UserError } from './errors.ts';

type Bytes = Uint8Array | string;

/** Makes a folder's entries (a rename, a new file) survive a power cut. */
export function fsyncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}

/**
 * Makes a folder and those above it. Node's own recursive way says ENOENT where a file system is read-only; this one says
 * what is the matter.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Writes a file so that under its name stands either the old content or the whole new one, whatever dies: temporary name
 * in the same folder, fsync, rename, fsync of the folder. Several parts are written one after another.
 * @throws UserError exit code 74 (73 where the folder cannot be written), naming the file and the cause.
 */
export function writeFileAtomic(file: string, ...parts: readonly Bytes[]): void {
  const folder = dirname(file);
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(folder);
    const handle = openSync(temporary, 'wx');
    try {
      for (const part of parts)
        writeAll(handle, typeof part === 'string' ? Buffer.from(part) : part);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    fsyncFolder(folder);
  } catch (error) {
    removeQuietly(temporary);
    throw writeFailure(file, error);
  }
}

/**
 * Replaces a small file that is only looked at: readers see the old content or the new, but a power cut may lose both.
 * Without the wait for the disk it costs a fraction of a millisecond. @throws UserError as `writeFileAtomic`.
 */
export function writeFileQuick(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw writeFailure(file, error);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

/** Turns a failed write into one clear line with the mend. */
export function writeFailure(file: string, error: unknown): UserError {
  const code = systemCodeOf(error);
  const denied = code === 'EACCES' || code === 'EROFS' || code === 'EPERM';
  const mend =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full: free some space and run the same command again'
      : denied
        ? 'the folder cannot be written: give write permission or choose another'
        : code === 'ENOTDIR' || code === 'EEXIST'
          ? 'a file stands where a folder should be: choose another place'
          : messageOf(error);
  return new UserError(
    `cannot write ${file}: ${mend}`,
    denied ? ExitCode.cannotCreate : ExitCode.io,
    { cause: error },
  );
}
