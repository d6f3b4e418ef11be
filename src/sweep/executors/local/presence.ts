import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFailure } from '../../../base/files.ts';
import { tryLock, type Lock } from '../../../base/lock.ts';
import { identifyProcess, type ProcessIdentity } from '../../../base/process-identity.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import { makeOneFolder, statIfExists } from '../../folder.ts';
import { holderIn } from '../../locks.ts';

/** The lock files of sweeps, also of dead ones; not a lock that is being made. */
function presenceFiles(dir: string): string[] {
  const { atWork } = sweepPaths(dir);
  const entries = statIfExists(atWork)?.isDirectory() ? readdirSync(atWork, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isFile() && !entry.name.includes('.')).map(({ name }) => join(atWork, name));
}

/** The sweeps at work in a folder, also while none of their runs is: they wait to try one again. */
export const activeSweeps = (dir: string): ProcessIdentity[] =>
  presenceFiles(dir).flatMap((file) => holderIn(file) ?? []);

/** Shows `activeSweeps` that this process is one, until released. @throws UserError 73 or 74 */
export function announceSweep(dir: string): Lock | undefined {
  const { atWork } = sweepPaths(dir);
  makeOneFolder(atWork);
  try {
    for (const file of presenceFiles(dir)) if (holderIn(file) === undefined) rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(atWork, error);
  }
  return tryLock(join(atWork, identifyProcess().token)).lock;
}
