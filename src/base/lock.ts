import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hashOfJson } from './json.ts';
import { systemCodeOf } from './errors.ts';
import { writeFailure } from './files.ts';
import { identifyProcess, livenessOf, type ProcessIdentity } from './process-identity.ts';

/** How often a holder shows that it lives, and after how much silence one on another machine counts as dead. */
const HEARTBEAT_MS = 20_000;
const SILENCE_MS = 300_000;

/** A lock that this process holds until it releases it or dies. */
export interface Lock {
  readonly holder: ProcessIdentity;
  /** The dead process that had left it behind. */
  readonly tookOverFrom?: ProcessIdentity;
  /** Gives the lock up; a second call does nothing. */
  release(): void;
}

export type LockAttempt =
  | { readonly lock: Lock; readonly heldBy?: never }
  | { readonly lock?: never; readonly heldBy: ProcessIdentity };

interface Found {
  readonly holder: ProcessIdentity;
  readonly modifiedMs: number;
}

/** What the lock file says; a damaged one is taken for that of a process that is gone. */
function readLock(file: string): Found | undefined {
  try {
    // Asked first, because most locks are free and an exception costs far more.
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    return { holder: parseHolder(readFileSync(file, 'utf8')), modifiedMs: stat.mtimeMs };
  } catch (error) {
    const code = systemCodeOf(error);
    // Gone since, or below what is no folder.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function parseHolder(text: string): ProcessIdentity {
  try {
    const holder = JSON.parse(text) as Partial<ProcessIdentity> | null;
    if (typeof holder?.token === 'string') return holder as ProcessIdentity;
  } catch {
    // Falls through: cut off by a full disk or a power failure.
  }
  const token = `damaged${hashOfJson(text).slice(0, 12)}`;
  return { ...identifyProcess(), pid: 0, startedTicks: -1, token };
}

function isAlive({ holder, modifiedMs }: Found, nowMs: number): boolean {
  const liveness = livenessOf(holder);
  return liveness === 'alive' || (liveness === 'unknown' && nowMs - modifiedMs < SILENCE_MS);
}

/** Creates the file with its whole content at once, or says that there is one already. */
function createExclusive(file: string, prepared: string): boolean {
  try {
    linkSync(prepared, file);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function hold(file: string, holder: ProcessIdentity, dead?: ProcessIdentity): Lock {
  const heartbeat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(file, now, now);
    } catch {
      // A folder that is away for a moment; the next beat tries again.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    holder,
    ...(dead && { tookOverFrom: dead }),
    release: () => {
      clearInterval(heartbeat);
      try {
        if (readLock(file)?.holder.token === holder.token) rmSync(file, { force: true });
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
function takeOver(
  file: string,
  dead: ProcessIdentity,
  prepared: string,
): 'taken' | 'retry' | ProcessIdentity {
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

/**
 * Takes a lock file, or says which living process holds it. The lock of a dead process is taken over: its number may have
 * been reused and the machine restarted. A holder on another machine that shares the folder counts as dead after five
 * minutes without a heartbeat, by the clock of the file system.
 * @throws UserError 73 or 74 where the folder cannot be written.
 */
export function tryLock(file: string): LockAttempt {
  const holder = identifyProcess();
  const prepared = `${file}.${holder.token}.new`;
  try {
    writeFileSync(prepared, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
    const nowMs = statSync(prepared).mtimeMs;
    for (;;) {
      if (createExclusive(file, prepared)) return { lock: hold(file, holder) };
      const found = readLock(file);
      if (found === undefined) continue;
      if (isAlive(found, nowMs)) return { heldBy: found.holder };
      const outcome = takeOver(file, found.holder, prepared);
      if (outcome === 'taken') return { lock: hold(file, holder, found.holder) };
      if (outcome !== 'retry') return { heldBy: outcome };
    }
  } catch (error) {
    throw writeFailure(file, error);
  } finally {
    rmSync(prepared, { force: true });
  }
}

/** The living process that holds a lock file, or undefined where it is free. Only reads. */
export function holderOf(file: string): ProcessIdentity | undefined {
  const found = readLock(file);
  return found !== undefined && isAlive(found, Date.now()) ? found.holder : undefined;
}

/** `process 4711 on gpu-box, since 2025-01-02T03:04:05.678Z`. */
export const describeHolder = (holder: ProcessIdentity): string =>
  `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
