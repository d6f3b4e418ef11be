import { readdirSync } from 'node:fs';
import { describeHolder } from '../../../base/files/lock.ts';
import type { ProcessIdentity } from '../../../base/system/process-identity.ts';
import { folderExists } from '../../../base/files/stat.ts';
import { runPaths } from '../../../results/run-folder.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import { holderIn } from '../../locks.ts';
import { doubletimePrograms, terminate } from '../../processes/own-process.ts';
import type { Cancelled } from '../executor.ts';
import { activeSweeps } from './presence.ts';

/** The processes that are running in a folder: sweeps, and runs that a killed sweep has left running, without the stopped runs. */
function findRunningProcesses(dir: string, stoppedRuns: ReadonlySet<string>): ProcessIdentity[] {
  const paths = sweepPaths(dir);
  const runs = folderExists(paths.runs) ? readdirSync(paths.runs) : [];
  const others = runs.filter((id) => !stoppedRuns.has(id));
  const ofRuns = others.flatMap((id) => holderIn(paths.claim(id)) ?? holderIn(runPaths(paths.run(id)).lock) ?? []);
  const holders = [...activeSweeps(dir), ...ofRuns];
  return [...new Map(holders.map((holder) => [`${holder.host} ${holder.pid}`, holder])).values()];
}

/**
 * Stops the sweeps of this machine in a folder, and the runs that a killed sweep has left running.
 * @param stoppedRuns ids of runs that a queue has stopped.
 * @param programs names of the programs that may be stopped.
 */
export function cancelProcesses(
  dir: string,
  stoppedRuns: ReadonlySet<string>,
  programs = doubletimePrograms,
): Cancelled {
  const holders = findRunningProcesses(dir, stoppedRuns);
  const terminated = holders.filter((holder) => terminate(holder, programs));
  const unreachable = holders.filter((holder) => !terminated.includes(holder)).map(describeHolder);
  return { jobs: [], terminated, unreachable };
}
