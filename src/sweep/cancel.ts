import { readdirSync } from 'node:fs';
import { describeHolder, holderOf } from '../base/lock.ts';
import { livenessOf, type ProcessIdentity } from '../base/process-identity.ts';
import { statIfThere, sweepPaths } from './folder.ts';
import { openJobs } from './slurm/submit.ts';
import { submittedJobs } from './slurm/jobs.ts';
import { slurm } from './slurm/tools.ts';

export interface Cancelled {
  /** Jobs taken out of Slurm's queue. */
  readonly jobs: readonly string[];
  /** Sweeps on this machine that were told to end; their runs checkpoint first. */
  readonly sweeps: readonly ProcessIdentity[];
  /** At work on other machines, where this one cannot reach them. */
  readonly unreachable: readonly string[];
}

/** Who claims the runs of a folder now, each once. */
function claimHolders(dir: string): ProcessIdentity[] {
  const paths = sweepPaths(dir);
  if (statIfThere(paths.runs) === undefined) return [];
  const holders = readdirSync(paths.runs).flatMap((id) => holderOf(paths.claim(id)) ?? []);
  return [...new Map(holders.map((holder) => [`${holder.host} ${holder.pid}`, holder])).values()];
}

/**
 * Ends what works on a sweep's folder: its jobs in Slurm, and the sweeps on this machine. Runs checkpoint; the same sweep
 * command goes on with them later.
 */
export async function cancelSweep(dir: string): Promise<Cancelled> {
  const jobs = submittedJobs(dir).size === 0 ? [] : [...(await openJobs(dir)).values()];
  const holders = claimHolders(dir);
  // A few hundred at a time, for the length of a command line.
  for (let at = 0; at < jobs.length; at += 500) await slurm('scancel', jobs.slice(at, at + 500));
  // Where Slurm has ended jobs, the processes that hold claims are theirs.
  if (jobs.length > 0) return { jobs, sweeps: [], unreachable: [] };
  const here = holders.filter((holder) => livenessOf(holder) === 'alive');
  for (const { pid } of here) process.kill(pid, 'SIGTERM');
  const unreachable = holders.filter((holder) => !here.includes(holder)).map(describeHolder);
  return { jobs, sweeps: here, unreachable };
}
