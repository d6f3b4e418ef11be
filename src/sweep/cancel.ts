import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { describeHolder, holderOf } from '../base/lock.ts';
import { livenessOf, type ProcessIdentity } from '../base/process-identity.ts';
import { statIfThere, sweepPaths } from './folder.ts';
import { presentSweeps } from './presence.ts';
import { openJobs } from './slurm/submit.ts';
import { submittedJobs } from './slurm/jobs.ts';
import { slurm } from './slurm/tools.ts';

export interface Cancelled {
  /** Jobs taken out of Slurm's queue. */
  readonly jobs: readonly string[];
  /** Sweeps on this machine, and runs without one, that were told to end; they checkpoint first. */
  readonly told: readonly ProcessIdentity[];
  /** At work on other machines, or for other users: out of reach from here. */
  readonly unreachable: readonly string[];
}

/** Who is at work in a folder now, each once: sweeps, jobs, and runs that a killed sweep has left behind. */
function workers(dir: string): ProcessIdentity[] {
  const paths = sweepPaths(dir);
  const runs = statIfThere(paths.runs) === undefined ? [] : readdirSync(paths.runs);
  const onRuns = runs.flatMap(
    (id) => holderOf(paths.claim(id)) ?? holderOf(join(paths.run(id), 'lock')) ?? [],
  );
  const holders = [...presentSweeps(dir), ...onRuns];
  return [...new Map(holders.map((holder) => [`${holder.host} ${holder.pid}`, holder])).values()];
}

/**
 * Ends what works on a sweep's folder: its jobs in Slurm, and the sweeps on this machine. Runs checkpoint; the same sweep
 * command goes on with them later.
 */
export async function cancelSweep(dir: string): Promise<Cancelled> {
  const jobs = submittedJobs(dir).size === 0 ? [] : [...(await openJobs(dir)).values()];
  const holders = workers(dir);
  // A few hundred at a time, for the length of a command line.
  for (let at = 0; at < jobs.length; at += 500) await slurm('scancel', jobs.slice(at, at + 500));
  // Where Slurm has ended jobs, the processes that hold claims are theirs.
  if (jobs.length > 0) return { jobs, told: [], unreachable: [] };
  const told = holders.filter((holder) => livenessOf(holder) === 'alive' && tell(holder));
  const unreachable = holders.filter((holder) => !told.includes(holder)).map(describeHolder);
  return { jobs, told, unreachable };
}

/** Whether a process could be told to end; one that has ended meanwhile needs no telling. */
function tell({ pid }: ProcessIdentity): boolean {
  try {
    return process.kill(pid, 'SIGTERM');
  } catch (error) {
    return systemCodeOf(error) === 'ESRCH';
  }
}
