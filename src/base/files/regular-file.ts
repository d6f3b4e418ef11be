import { constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { dataError, systemCodeOf, type UserError } from '../errors.ts';
import { closeFile, withPath } from '../system/system-error.ts';

function describeKind(stat: Stats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSocket()) return 'a socket';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}

/** The error about a path that is not a regular file: exit code 65. */
export const notRegular = (path: string, stat: Stats): UserError =>
  dataError(`${path} is ${describeKind(stat)}, expected a regular file: name another file, or move it away`);

/**
 * Opens a regular file with these flags of `fs.constants`. Does not wait for the other end of a FIFO.
 * @throws UserError exit code 65 if it is not a regular file; otherwise the system's error with the path.
 */
export function openRegularFile(path: string, flags: number = constants.O_RDONLY): number {
  const handle = openUnlessSocket(path, flags);
  try {
    const stat = withPath(path, () => fstatSync(handle));
    if (!stat.isFile()) throw notRegular(path, stat);
    return handle;
  } catch (error) {
    closeFile(path, handle);
    throw error;
  }
}

function openUnlessSocket(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    // The path may be a socket, a FIFO without a reader, or a folder that was opened for writing.
    if (!['ENXIO', 'EISDIR'].includes(systemCodeOf(error) ?? '')) throw error;
    const stat = statSync(path);
    throw stat.isFile() ? error : notRegular(path, stat);
  }
}
