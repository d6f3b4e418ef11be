import { linkSync, lstatSync, openSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { ExitCode, systemCodeOf, UserError } from './errors.ts';
import { writeAll, writeFailure } from './files.ts';
import { HeldFile, isAlive, readLock, removeLockLeftovers } from './lock-file.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';
import { closeFile, withPath } from './system-error.ts';

/** The interval of a holder's heartbeats. */
const HEARTBEAT_MS = 20_000;
/** How long a lock file that is not whole may be in the making, where the file system has no hard links. */
const WRITING_MS = 2000;
const POLL_MS = 20;
/** More often no lock is given back and taken again while one waits for it. */
const MAX_TRIES = 1000;

/** A lock that this process holds until it releases it or dies. */
export interface Lock {
  readonly holder: ProcessIdentity;
  /** The dead process that had left it behind. */
  readonly tookOverFrom?: ProcessIdentity;
  /**
   * Asked before each write that the lock protects.
   * @throws UserError exit code 74 where the lock or its folder was deleted, moved away or replaced by another's.
   */
  readonly requireHeld: () => void;
  /** Releases the lock; a second call does nothing. */
  release(): void;
}

export type LockAttempt =
  { readonly lock: Lock; readonly heldBy?: never } | { readonly lock?: never; readonly heldBy: ProcessIdentity };

/** What `link` says where a file system (FAT, some network shares) or a container has no hard links. */
const linkRefusals = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EINVAL']);

/** Whether a link failed because it cannot be made there at all. */
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

/** Creates the lock, or says that there is one already: with its whole content at once where there are hard links. */
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

/** A lock that cannot be watched (too many open files) is given back at once. */
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
      // A folder that is away for a moment; the next beat tries again.
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
        // A folder that is lost or read-only by now: the lock is dead with this process, and taken over by the next.
      }
    },
  };
}

/**
 * Takes over the lock of a dead process. The right to do so is itself a lock, named after the dead one's token, so that
 * of several processes that found it dead exactly one replaces it, and none replaces a lock that was taken since.
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

/** One try; undefined where the lock has changed meanwhile and it is worth another. */
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
 * Takes a lock file, or says which living process holds it. The lock of a dead process is taken over: its number may have
 * been reused and the machine restarted. A holder on another machine that shares the folder counts as dead after five
 * minutes without a heartbeat, by the clock of the file system. Where the file system has no hard links, the lock is
 * written into a file that must be new.
 * @throws UserError 73 or 74 where the folder cannot be written, 65 where the lock's name is not a regular file.
 */
export function tryLock(file: string): LockAttempt {
  const holder = identifyProcess();
  const prepared = `${file}.${holder.token}.new`;
  const text = `${JSON.stringify(holder)}\n`;
  try {
    writeExclusive(prepared, text);
    const aheadMs = Date.now() - statSync(prepared).mtimeMs;
    const clockMs = (): number => Date.now() - aheadMs;
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
    `${file} is locked and released again and again: wait until no other process uses the folder`,
    ExitCode.unavailable,
  );
}

function removePrepared(file: string): void {
  try {
    if (lstatSync(file, { throwIfNoEntry: false })) rmSync(file, { force: true });
  } catch {
    // Removed by the next process here: removeLockLeftovers.
  }
}

/**
 * The living process that holds a lock file, or undefined where it is free. Only reads.
 * @throws UserError exit code 65 where the lock's name is not a regular file.
 */
export function readLockHolder(file: string): ProcessIdentity | undefined {
  const found = readLock(file);
  return found !== undefined && isAlive(found, Date.now()) ? found.holder : undefined;
}

/** `process 4711 on gpu-box, since 2025-01-02T03:04:05.678Z`. */
export const describeHolder = (holder: ProcessIdentity): string =>
  `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
