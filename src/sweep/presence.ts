import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFailure } from '../base/files.ts';
import { holderOf, tryLock, type Lock } from '../base/lock.ts';
import { identifyProcess, type ProcessIdentity } from '../base/process-identity.ts';
import { statIfThere, sweepPaths } from './folder.ts';

/** The lock files of sweeps, also those that dead ones have left; not a lock that is being made. */
function presences(dir: string): string[] {
  const { atWork } = sweepPaths(dir);
  const names = statIfThere(atWork) === undefined ? [] : readdirSync(atWork);
  return names.filter((name) => !name.includes('.')).map((name) => join(atWork, name));
}

/** The sweeps at work in a folder, also while none of their runs is: they wait to try one again. */
export const presentSweeps = (dir: string): ProcessIdentity[] =>
  presences(dir).flatMap((file) => holderOf(file) ?? []);

/** Shows `presentSweeps` that this process is one, until released. @throws UserError 73 or 74 */
export function showPresence(dir: string): Lock | undefined {
  const { atWork } = sweepPaths(dir);
  try {
    makeFolder(atWork);
    for (const file of presences(dir))
      if (holderOf(file) === undefined) rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(atWork, error);
  }
  return tryLock(join(atWork, identifyProcess().token)).lock;
}
