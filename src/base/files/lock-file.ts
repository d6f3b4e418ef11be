import { constants, fstatSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ExitCode, systemCodeOf, UserError } from '../errors.ts';
import { hashOfJson } from '../json.ts';
import { identifyProcess, checkLiveness, type ProcessIdentity } from '../system/process-identity.ts';
import { readRegularFile } from './read-file.ts';
import { notRegular, openRegularFile } from './regular-file.ts';
import { lstatIfExists } from './stat.ts';
import { closeFile, withPath, toWriteError } from '../system/system-error.ts';

/** A holder on another machine counts as dead after this time without a heartbeat. */
const STALE_AFTER_MS = 300_000;
/** Taking a lock takes milliseconds, so no process is still writing a damaged lock file that is older than this. */
const LOCKING_MS = 60_000;
/** The maximum size of a lock file, much more than a lock needs. */
const MAX_BYTES = 65_536;
/** The largest process number: a signed 32-bit integer in every system call that takes one. */
const MAX_PID = 2 ** 31 - 1;

const short = z.string().max(1024);
const holderSchema = z.object({
  pid: z.int().min(1).max(MAX_PID),
  startedTicks: z.int().nullable(),
  host: short,
  machine: short,
  boot: short,
  pidNamespace: short,
  /** It is a part of file names, so other characters are not allowed. */
  token: z.string().regex(/^\w{1,64}$/),
  since: short,
});

/** A lock file: who wrote it, and when it was last modified. */
export interface FoundLock {
  readonly holder: ProcessIdentity;
  readonly modifiedMs: number;
  /** Whether it is incomplete: cut off by a full disk or a power cut, or still being written. */
  readonly damaged: boolean;
}

/** Parses the holder in a lock file. The holder of a damaged lock file counts as a dead process. */
function parseHolder(text: string): Pick<FoundLock, 'holder' | 'damaged'> {
  try {
    return { holder: holderSchema.parse(JSON.parse(text)), damaged: false };
  } catch {
    const token = `damaged${hashOfJson(text).slice(0, 12)}`;
    return { holder: { ...identifyProcess(), pid: 0, startedTicks: -1, token }, damaged: true };
  }
}

/**
 * Reads a lock file; undefined if it does not exist. Does not follow links.
 * @throws UserError exit code 65 if it is not a regular file; the system's error with the path.
 */
export function readLock(file: string): FoundLock | undefined {
  try {
    // Checked first because most locks are free and an exception is slow.
    const stat = lstatIfExists(file);
    if (stat === undefined) return undefined;
    if (!stat.isFile()) throw notRegular(file, stat);
    const text = readRegularFile(file, { maxBytes: MAX_BYTES }).toString('utf8');
    return { ...parseHolder(text), modifiedMs: stat.mtimeMs };
  } catch (error) {
    // Removed in the meantime, or a part of the path is not a folder.
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether the holder of a lock is alive. A holder on another machine counts as alive for five minutes after its last heartbeat. */
export function isAlive({ holder, modifiedMs }: FoundLock, nowMs: number): boolean {
  const liveness = checkLiveness(holder);
  return liveness === 'alive' || (liveness === 'unknown' && nowMs - modifiedMs < STALE_AFTER_MS);
}

/**
 * Checks that a lock file is still the one that this process wrote. The file stays open, so that its inode number cannot be
 * reused. A check costs one system call.
 */
export class HeldFile {
  readonly #file: string;
  readonly #token: string;
  readonly #handle: number;
  /** The device and inode of the file. */
  readonly #identity: { readonly dev: bigint; readonly ino: bigint };
  /** The time of the last change that has been checked. */
  #checkedChange: bigint | undefined;

  constructor(file: string, token: string) {
    this.#file = file;
    this.#token = token;
    this.#handle = openRegularFile(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.#identity = withPath(file, () => fstatSync(this.#handle, { bigint: true }));
  }

  /** @throws UserError exit code 74 if the lock or its folder was deleted, moved or replaced. */
  require(): void {
    try {
      if (this.#isOurs()) return;
    } catch (error) {
      throw toWriteError(this.#file, error);
    }
    throw new UserError(
      `this process has lost the folder ${dirname(this.#file)}: its ${basename(this.#file)} was deleted, moved or taken over by` +
        ' another process, so this process writes no more files there: restore the folder, or start again in another folder',
      ExitCode.io,
    );
  }

  #isOurs(): boolean {
    const now = lstatSync(this.#file, { bigint: true, throwIfNoEntry: false });
    if (now?.ino !== this.#identity.ino || now.dev !== this.#identity.dev) return false;
    if (now.ctimeNs === this.#checkedChange) return true;
    // This process's heartbeat or another process has changed the file.
    if (readLock(this.#file)?.holder.token !== this.#token) return false;
    this.#checkedChange = now.ctimeNs;
    return true;
  }

  close(): void {
    closeFile(this.#file, this.#handle);
  }
}

const TOKEN = '(?:damaged)?[0-9a-f]{12}';

/** Removes the temporary files of processes that were killed while they took a lock. */
export function removeLockLeftovers(file: string): void {
  const leftover = new RegExp(`^(?:\\.${TOKEN})+(?:\\.new)?$`);
  const [folder, name] = [dirname(file), basename(file)];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const isOne = entry.name.startsWith(name) && leftover.test(entry.name.slice(name.length));
    if (!isOne || !entry.isFile()) continue;
    const path = join(folder, entry.name);
    const found = readLock(path);
    if (found === undefined || isAlive(found, Date.now())) continue;
    if (found.damaged && Date.now() - found.modifiedMs < LOCKING_MS) continue;
    rmSync(path, { force: true });
  }
}
