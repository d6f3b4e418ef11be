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
  const { running } = sweepPaths(dir);
  const entries = statIfExists(running)?.isDirectory() ? readdirSync(running, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isFile() && !entry.name.includes('.')).map(({ name }) => join(running, name));
}

/** The sweeps at work in a folder, also while none of their runs is: they wait to try one again. */
export const activeSweeps = (dir: string): ProcessIdentity[] =>
  presenceFiles(dir).flatMap((file) => holderIn(file) ?? []);

/** Shows `activeSweeps` that this process is one, until released. @throws UserError 73 or 74 */
export function announceSweep(dir: string): Lock | undefined {
  const { running } = sweepPaths(dir);
  makeOneFolder(running);
  try {
    for (const file of presenceFiles(dir)) if (holderIn(file) === undefined) rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(running, error);
  }
  return tryLock(join(running, identifyProcess().token)).lock;
}
