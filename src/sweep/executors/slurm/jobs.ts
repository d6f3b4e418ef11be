import { groupBy } from '../../../base/group-by.ts';
import type { Cancelled, JobState } from '../executor.ts';
import { submittedJobs, type SubmittedJob } from './jobs-file.ts';
import { accountedJobs, queuedJobs, STATUS_TIMEOUT_SECONDS } from './queue.ts';
import { clusterOption, slurm } from './tools.ts';

/** The maximum number of jobs in one call of `scancel`, because the length of a command line is limited. */
const MAX_JOBS_PER_COMMAND = 500;

/** The jobs of each cluster. */
const groupByCluster = (jobs: Iterable<SubmittedJob>): SubmittedJob[][] => [
  ...groupBy([...jobs], ({ cluster }) => cluster ?? '').values(),
];

/** Asks each cluster for the states of its jobs. Returns the jobs that it knows. */
async function askClusters(
  jobs: readonly SubmittedJob[],
  ask: (names: readonly string[], cluster?: string) => Promise<ReadonlyMap<string, JobState>>,
): Promise<Map<SubmittedJob, JobState>> {
  const known = new Map<SubmittedJob, JobState>();
  for (const members of groupByCluster(jobs)) {
    const names = members.map(({ job }) => job);
    const states = await ask(names, members[0]!.cluster);
    for (const member of members) {
      const state = states.get(member.job);
      if (state !== undefined) known.set(member, state);
    }
  }
  return known;
}

/** The jobs of a folder's runs, as `Executor.status` returns them. */
export async function jobStates(dir: string, unfinished: ReadonlySet<string>): Promise<Map<string, JobState>> {
  const jobs = [...submittedJobs(dir).values()];
  const queued = await askClusters(jobs, (_, cluster) => queuedJobs(cluster, STATUS_TIMEOUT_SECONDS));
  const others = jobs.filter((job) => unfinished.has(job.run) && !queued.has(job));
  const accounted = await askClusters(others, accountedJobs);
  return new Map([...queued, ...accounted].map(([{ run }, state]) => [run, state]));
}

/** The jobs of this folder that are in Slurm's queue now. */
export const openJobs = (dir: string): Promise<Map<SubmittedJob, JobState>> =>
  askClusters([...submittedJobs(dir).values()], (_, cluster) => queuedJobs(cluster));

/** Removes a folder's jobs from the queue, as `Executor.cancel` does. */
export async function cancelJobs(dir: string): Promise<Cancelled> {
  const open = await openJobs(dir);
  for (const members of groupByCluster(open.keys())) {
    const option = clusterOption(members[0]!.cluster);
    for (let at = 0; at < members.length; at += MAX_JOBS_PER_COMMAND) {
      const names = members.slice(at, at + MAX_JOBS_PER_COMMAND).map(({ job }) => job);
      await slurm('scancel', [...option, ...names]);
    }
  }
  return {
    jobs: [...open.keys()].map(({ job }) => job),
    stoppedRuns: [...open].filter(([, { isPending }]) => !isPending).map(([{ run }]) => run),
    terminated: [],
    unreachable: [],
  };
}
