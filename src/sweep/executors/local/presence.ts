import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFailure } from '../../../base/files/files.ts';
import { tryLock, type Lock } from '../../../base/files/lock.ts';
import { identifyProcess, type ProcessIdentity } from '../../../base/system/process-identity.ts';
import { folderExists } from '../../../base/files/stat.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import { makeOneFolder } from '../../folder.ts';
import { holderIn } from '../../locks.ts';

/** The lock files of all sweeps in a folder, also of dead ones. Lock files that are being written are left out. */
function presenceFiles(dir: string): string[] {
  const { running } = sweepPaths(dir);
  const entries = folderExists(running) ? readdirSync(running, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isFile() && !entry.name.includes('.')).map(({ name }) => join(running, name));
}

/** The processes of the sweeps that are running in a folder. A sweep that waits to retry a run is one of them. */
export const activeSweeps = (dir: string): ProcessIdentity[] =>
  presenceFiles(dir).flatMap((file) => holderIn(file) ?? []);

/** Lists this process in `activeSweeps` until the returned lock is released. @throws UserError 73 or 74. */
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
