import { UserError } from '../../../base/errors.ts';
import type { JobState } from '../executor.ts';
import { clusterOption, slurm } from './tools.ts';

/** How long `status` waits for Slurm. Slurm itself waits a minute or longer for a controller that is down. */
export const STATUS_TIMEOUT_SECONDS = 15;

/** The states of jobs that will not run again. A job in another state (REQUEUED, RESIZING, SUSPENDED) continues. */
const endStates = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

const toJobState = (job: string, state: string, reason?: string): JobState => ({
  job,
  state,
  ...(reason && reason !== 'None' ? { reason } : {}),
  isPending: state === 'PENDING',
});

/** Parses the lines of `squeue -h -r -o %i|%T|%r`. Returns state and reason by job. */
export function parseQueue(text: string): Map<string, JobState> {
  const rows = text.split('\n').map((line) => line.trim().split('|'));
  return new Map(
    rows.flatMap(([job, state, reason]) => (job && state ? [[job, toJobState(job, state, reason)] as const] : [])),
  );
}

function toAccountedState(job: string, text: string): JobState {
  // `CANCELLED by 1000` also names the user: the first word is the state.
  const state = text.split(' ')[0]!;
  return { ...toJobState(job, state), ...(endStates.has(state) && { hasEnded: true }) };
}

/** Parses the lines of `sacct -n -X -P -o JobID,State`. Returns the state by job, and whether it has ended. */
export function parseAccounting(text: string): Map<string, JobState> {
  const rows = text.split('\n').map((line) => line.trim().split('|'));
  return new Map(rows.flatMap(([job, state]) => (job && state ? [[job, toAccountedState(job, state)] as const] : [])));
}

/**
 * The state of each job in the queue of a cluster, also in hidden partitions, by job.
 * @param seconds timeout, as of `slurm`.
 * @throws UserError 69 as `slurm`.
 */
export const queuedJobs = async (cluster?: string, seconds?: number): Promise<Map<string, JobState>> =>
  parseQueue(await slurm('squeue', [...clusterOption(cluster), '-a', '-h', '-r', '-o', '%i|%T|%r'], seconds));

/** The states of jobs that are not in the queue of a cluster, by job; empty if the cluster has no accounting. */
export async function accountedJobs(jobs: readonly string[], cluster?: string): Promise<Map<string, JobState>> {
  const arrays = [...new Set(jobs.map((job) => job.split('_')[0]!))].join(',');
  try {
    const options = [...clusterOption(cluster), '-n', '-X', '-P', '-o', 'JobID,State', '-j', arrays];
    return parseAccounting(await slurm('sacct', options, STATUS_TIMEOUT_SECONDS));
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}
