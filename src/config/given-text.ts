import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { readText } from '../base/read-file.ts';
import { closeFile, withPath } from '../base/system-error.ts';

/** No config is near as large. */
const MAX_BYTES = 16 * 2 ** 20;
/** How long nothing may come through a pipe. */
const PIPE_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** What a shell gives for `<(command)`, and the standard input. */
const isStream = (file: string): boolean => /^\/(?:dev\/stdin|(?:dev|proc\/self)\/fd\/\d+)$/.test(file);

/**
 * The text of a file that the user has named; of a pipe only where the shell made it (`<(command)`, `/dev/stdin`).
 * @throws UserError exit code 65 for what is neither, 66 where there is none, 69 where nothing comes through the pipe, else
 * that of the system's error.
 */
export function readGivenText(file: string): string {
  if (!isStream(file)) return readText(file, { maxBytes: MAX_BYTES });
  // Opened anew, so that the wait for a silent pipe is ours and the shell's own end stays as it is.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = withPath(file, () => fstatSync(handle));
    if (stat.isFIFO()) return withPath(file, () => readPipe(file, handle));
  } finally {
    closeFile(file, handle);
  }
  return readText(file, { maxBytes: MAX_BYTES });
}

function readPipe(file: string, handle: number): string {
  const pieces: Buffer[] = [];
  for (let [silentMs, total] = [0, 0]; silentMs < PIPE_TIMEOUT_MS;) {
    const piece = readPiece(handle);
    if (piece === undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
      silentMs += POLL_MS;
      continue;
    }
    if (piece.length === 0) return Buffer.concat(pieces).toString('utf8');
    silentMs = 0;
    pieces.push(piece);
    total += piece.length;
    if (total > MAX_BYTES) throw new UserError(`${file}: more than ${MAX_BYTES} bytes came through`, ExitCode.data);
  }
  throw new UserError(
    `${file}: nothing came through this pipe for ${PIPE_TIMEOUT_MS / 1000} seconds: name a file`,
    ExitCode.unavailable,
  );
}

/** The next bytes, empty at the end, undefined where there are none yet. */
function readPiece(handle: number): Buffer | undefined {
  const piece = Buffer.alloc(65_536);
  try {
    return piece.subarray(0, readSync(handle, piece));
  } catch (error) {
    if (systemCodeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
