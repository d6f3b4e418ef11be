import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from './errors.ts';
import { writeFailure } from './files.ts';
import { readLockHolder, type Lock, tryLock } from './lock.ts';
import { pathExists } from './stat.ts';

const OWNER = 'owner';
/** The time that a process may need to write the owner into its folder. An older folder without an owner belonged to a dead process. */
const CREATING_MS = 60_000;

/**
 * Calls `use` with a new temporary folder that only this user can read, and removes the folder afterwards. Before, removes folders
 * with the same prefix that killed processes of this user left behind.
 * @throws UserError exit code 73 or 74 naming TMPDIR if no folder can be created.
 */
export function withTemporaryFolder<Result>(prefix: string, use: (folder: string) => Result): Result {
  removeAbandoned(prefix);
  const { folder, owner } = makeOwned(prefix);
  try {
    return use(folder);
  } finally {
    owner?.release();
    removeQuietly(folder);
  }
}

function makeOwned(prefix: string): { folder: string; owner: Lock | undefined } {
  const place = join(tmpdir(), prefix);
  let folder: string | undefined;
  try {
    folder = mkdtempSync(place);
    return { folder, owner: tryLock(join(folder, OWNER)).lock };
  } catch (error) {
    if (folder !== undefined) removeQuietly(folder);
    const cause = error instanceof UserError ? (error.cause ?? error) : error;
    throw writeFailure(`${place}* (set TMPDIR to use another folder)`, cause);
  }
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next process that creates such a folder removes it.
  }
}

function removeAbandoned(prefix: string): void {
  for (const name of listFolders(tmpdir()))
    if (name.startsWith(prefix) && isAbandoned(join(tmpdir(), name))) removeQuietly(join(tmpdir(), name));
}

function listFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Whether a folder of this user belongs to no living process. A folder that cannot be read belongs to another user. */
function isAbandoned(folder: string): boolean {
  try {
    const { uid, mtimeMs } = statSync(folder);
    if (uid !== process.getuid?.()) return false;
    const owner = join(folder, OWNER);
    return pathExists(owner) ? readLockHolder(owner) === undefined : Date.now() - mtimeMs > CREATING_MS;
  } catch {
    return false;
  }
}
