import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { configError, ExitCode, systemCodeOf, UserError } from '../../base/errors.ts';
import { readBytes } from '../../base/files/read-file.ts';
import { closeFile, withPath } from '../../base/system/system-error.ts';
import { findNotUtf8 } from '../../base/text/utf8.ts';

/** The maximum size of a config, far above that of any real one. */
const MAX_BYTES = 16 * 2 ** 20;
/** The maximum time to wait for the next bytes of a pipe. */
const PIPE_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Whether a path is standard input, or one that a shell creates for `<(command)`. */
const isStream = (file: string): boolean => /^\/(?:dev\/stdin|(?:dev|proc\/self)\/fd\/\d+)$/.test(file);

/**
 * Reads the text of a regular file, or of a pipe that the shell created (`<(command)`, `/dev/stdin`).
 * @throws UserError exit code 65 if the path is something else, 66 if it does not exist, 69 if the pipe sends nothing, 78 if it
 * is not UTF-8 text; otherwise the exit code of the system error.
 */
export function readFileOrPipe(file: string): string {
  if (!isStream(file)) return readFile(file);
  // A new non-blocking handle makes a timeout possible and leaves the shell's own handle unchanged.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = withPath(file, () => fstatSync(handle));
    if (stat.isFIFO()) return withPath(file, () => readPipe(file, handle));
  } finally {
    closeFile(file, handle);
  }
  return readFile(file);
}

function decode(file: string, bytes: Buffer): string {
  const problem = findNotUtf8(file, bytes);
  if (problem !== undefined) throw configError(`${problem}: save the file as UTF-8`);
  return bytes.toString('utf8');
}

const readFile = (file: string): string => decode(file, readBytes(file, { maxBytes: MAX_BYTES }));

function readPipe(file: string, handle: number): string {
  const pieces: Buffer[] = [];
  for (let [silentMs, total] = [0, 0]; silentMs < PIPE_TIMEOUT_MS;) {
    const piece = readPiece(handle);
    if (piece === undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
      silentMs += POLL_MS;
      continue;
    }
    if (piece.length === 0) return decode(file, Buffer.concat(pieces));
    silentMs = 0;
    pieces.push(piece);
    total += piece.length;
    if (total > MAX_BYTES)
      throw new UserError(
        `${file}: the pipe sent more than ${MAX_BYTES} bytes, expected a config of at most this size: check the command that writes it`,
        ExitCode.data,
      );
  }
  throw new UserError(
    `${file}: the pipe sent nothing for ${PIPE_TIMEOUT_MS / 1000} seconds: give a file instead`,
    ExitCode.unavailable,
  );
}

/** The next bytes: empty at the end of the pipe, undefined if none have arrived yet. */
function readPiece(handle: number): Buffer | undefined {
  const piece = Buffer.alloc(65_536);
  try {
    return piece.subarray(0, readSync(handle, piece));
  } catch (error) {
    if (systemCodeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
