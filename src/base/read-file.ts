import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from './errors.ts';

const kindOf = (status: Stats): string =>
  status.isDirectory()
    ? 'a folder'
    : status.isFIFO()
      ? 'a FIFO'
      : status.isSocket()
        ? 'a socket'
        : 'a device';

function openFailure(path: string, error: unknown): UserError {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UserError(`${path}: no such file`, ExitCode.noInput, { cause: error });
  // A socket cannot be opened, nor a device without its driver.
  if (code === 'ENXIO' || code === 'ENODEV')
    return dataError(`${path} is not a regular file, so it cannot be read`, error);
  const denied = code === 'EACCES' || code === 'EPERM';
  const exitCode = denied ? ExitCode.noPermission : ExitCode.io;
  return new UserError(`cannot read ${path}: ${messageOf(error)}`, exitCode, { cause: error });
}

const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/**
 * The whole content of a regular file. Nothing else is waited for: a FIFO without a writer, a device, a socket.
 * @param mostBytes a larger file is refused before it is read
 * @throws UserError exit code 66 where there is none, 65 for what is no regular file or too large, 77 where it may not be
 * read, 74 where reading fails.
 */
export function readRegularFile(path: string, mostBytes = Infinity): Buffer {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw openFailure(path, error);
  }
  try {
    const status = fstatSync(handle);
    if (!status.isFile())
      throw dataError(`${path} is ${kindOf(status)}, expected a regular file: name a file instead`);
    if (status.size > mostBytes)
      throw dataError(`${path} has ${inMegabytes(status.size)}, expected at most ${inMegabytes(mostBytes)}`); // prettier-ignore
    return readFileSync(handle);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw openFailure(path, error);
  } finally {
    closeSync(handle);
  }
}

/** The text of a regular file in UTF-8. @throws UserError as `readRegularFile`. */
export const readRegularText = (path: string, mostBytes?: number): string =>
  readRegularFile(path, mostBytes).toString('utf8');
