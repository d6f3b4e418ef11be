import { linkSync, openSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { ExitCode, systemCodeOf, UserError } from './errors.ts';
import { writeAll, writeFailure } from './files.ts';
import { HeldFile, isAlive, readLock, removeLockLeftovers } from './lock-file.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';
import { lstatIfExists } from './stat.ts';
import { closeFile, withPath } from './system-error.ts';

/** The time between the heartbeats of a holder. */
const HEARTBEAT_MS = 20_000;
/** How long another process may take to write a lock file if the file system has no hard links. */
const WRITING_MS = 2000;
const POLL_MS = 20;
/** The maximum number of attempts to take a lock that other processes release and take all the time. */
const MAX_TRIES = 1000;

/** A lock that this process holds until it releases it or dies. */
export interface Lock {
  readonly holder: ProcessIdentity;
  /** The dead process that left the lock behind. */
  readonly tookOverFrom?: ProcessIdentity;
  /**
   * Called before each write that the lock protects.
   * @throws UserError exit code 74 if the lock or its folder was deleted, moved or replaced.
   */
  readonly requireHeld: () => void;
  /** Releases the lock; a second call does nothing. */
  release(): void;
}

export type LockAttempt =
  { readonly lock: Lock; readonly heldBy?: never } | { readonly lock?: never; readonly heldBy: ProcessIdentity };

/** The errors of `link` on file systems without hard links (FAT, some network shares, some containers). */
const linkRefusals = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EINVAL']);

/** Whether a link failed because the file system has no hard links. */
export const isLinkRefusal = (error: unknown): boolean => linkRefusals.has(systemCodeOf(error) ?? '');

function writeExclusive(file: string, text: string): void {
  const handle = openSync(file, 'wx');
  try {
    withPath(file, () => {
      writeAll(handle, Buffer.from(text));
    });
  } finally {
    closeFile(file, handle);
  }
}

/** Creates the lock file; false if it exists already. With hard links it appears with its complete content. */
function createExclusive(file: string, prepared: string, text: string): boolean {
  try {
    linkSync(prepared, file);
    return true;
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!isLinkRefusal(error)) throw error;
  }
  try {
    writeExclusive(file, text);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Opens the lock file for checks. If that fails (too many open files), the lock is released. */
function holdOpen(file: string, token: string): HeldFile {
  try {
    return new HeldFile(file, token);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

function hold(file: string, holder: ProcessIdentity, dead?: ProcessIdentity): Lock {
  const held = holdOpen(file, holder.token);
  const heartbeat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(file, now, now);
    } catch {
      // The folder may be unavailable for a moment. The next heartbeat tries again.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  let released = false;
  return {
    holder,
    ...(dead && { tookOverFrom: dead }),
    requireHeld: () => {
      held.require();
    },
    release: () => {
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      try {
        if (readLock(file)?.holder.token === holder.token) rmSync(file, { force: true });
        held.close();
      } catch {
        // The folder was removed or is read-only. When this process has ended, another process can take over the lock.
      }
    },
  };
}

/**
 * Takes over the lock of a dead process. To do so, a process must take a second lock, named after the token of the dead process. So
 * exactly one of several processes replaces the lock, and no process replaces a lock that was taken in the meantime.
 */
function takeOver(file: string, dead: ProcessIdentity, prepared: string): 'taken' | 'retry' | ProcessIdentity {
  const right = tryLock(`${file}.${dead.token}`);
  if (right.heldBy) return right.heldBy;
  try {
    if (readLock(file)?.holder.token !== dead.token) return 'retry';
    renameSync(prepared, file);
    return 'taken';
  } finally {
    right.lock.release();
  }
}

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/** Makes one attempt to take a lock; undefined if the lock has changed in the meantime, so that another attempt is useful. */
function tryOnce(
  file: string,
  holder: ProcessIdentity,
  prepared: { readonly file: string; readonly text: string; readonly clockMs: () => number },
): LockAttempt | undefined {
  if (createExclusive(file, prepared.file, prepared.text)) return { lock: hold(file, holder) };
  const found = readLock(file);
  if (found === undefined) return undefined;
  if (isAlive(found, prepared.clockMs())) return { heldBy: found.holder };
  if (found.damaged && prepared.clockMs() - found.modifiedMs < WRITING_MS) {
    pause(POLL_MS);
    return undefined;
  }
  const outcome = takeOver(file, found.holder, prepared.file);
  if (outcome === 'retry') return undefined;
  if (outcome !== 'taken') return { heldBy: outcome };
  const lock = hold(file, holder, found.holder);
  removeLockLeftovers(file);
  return { lock };
}

/**
 * Takes a lock file, or returns the living process that holds it. Takes over the lock of a dead process, even if its process number
 * was reused or the machine was restarted. A holder on another machine that shares the folder counts as dead after five minutes
 * without a heartbeat, by the clock of the file system. The lock file appears with its complete content, by a hard link; without
 * hard links, it is created with O_EXCL and then written.
 * @throws UserError exit code 73 or 74 if the folder cannot be written, 65 if the lock is not a regular file.
 */
export function tryLock(file: string): LockAttempt {
  const holder = identifyProcess();
  const prepared = `${file}.${holder.token}.new`;
  const text = `${JSON.stringify(holder)}\n`;
  try {
    writeExclusive(prepared, text);
    const clockDifferenceMs = Date.now() - statSync(prepared).mtimeMs;
    const clockMs = (): number => Date.now() - clockDifferenceMs;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const attempt = tryOnce(file, holder, { file: prepared, text, clockMs });
      if (attempt) return attempt;
    }
  } catch (error) {
    throw writeFailure(file, error);
  } finally {
    removePrepared(prepared);
  }
  throw new UserError(
    `${file} was locked again after each of ${MAX_TRIES} attempts: wait until no other process uses the folder`,
    ExitCode.unavailable,
  );
}

function removePrepared(file: string): void {
  try {
    if (lstatIfExists(file)) rmSync(file, { force: true });
  } catch {
    // removeLockLeftovers of another process removes it.
  }
}

/**
 * The living process that holds a lock file, or undefined if it is free. Does not change the file.
 * @throws UserError exit code 65 if the lock is not a regular file.
 */
export function readLockHolder(file: string): ProcessIdentity | undefined {
  const found = readLock(file);
  return found !== undefined && isAlive(found, Date.now()) ? found.holder : undefined;
}

/** `process 4711 on gpu-box, since 2025-01-02T03:04:05.678Z`. */
export const describeHolder = (holder: ProcessIdentity): string =>
  `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
