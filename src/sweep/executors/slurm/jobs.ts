import { appendFileSync, closeSync, constants } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { makeFolder, writeFailure } from '../../../base/files/files.ts';
import { removePartialLine } from '../../../base/files/partial-line.ts';
import { openRegularFile } from '../../../base/files/regular-file.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import { readIfExists } from '../../folder.ts';
import type { Cancelled, JobState } from '../executor.ts';
import { slurm } from './tools.ts';

/** The job that a run was submitted as: `123_4`. */
export interface SubmittedJob {
  readonly run: string;
  readonly job: string;
  readonly submittedAt: string;
}

/** How long `status` waits for Slurm. Slurm itself waits a minute or longer for a controller that is down. */
const STATUS_TIMEOUT_SECONDS = 15;

/** The maximum number of jobs in one call of `scancel`, because the length of a command line is limited. */
const MAX_JOBS_PER_COMMAND = 500;

export const slurmFolder = (dir: string): string => sweepPaths(dir).executor('slurm');

const jobsFile = (dir: string): string => join(slurmFolder(dir), 'jobs.jsonl');

/**
 * Removes a last line that is cut off, which a full disk or a crash leaves behind. Returns what to write before the next record: a
 * line break if only that is missing.
 * @throws UserError as `recordJobs`.
 */
function endLastLine(file: string): string {
  const lastLine = readIfExists(file)?.split('\n').at(-1) ?? '';
  if (parseJob(lastLine) !== undefined) return '\n';
  removePartialLine(file);
  return '';
}

/** Appends submitted jobs to the jobs' file. @throws UserError 65 if it is not a regular file, 73 or 74 if it cannot be written. */
export function recordJobs(dir: string, jobs: readonly SubmittedJob[]): void {
  const file = jobsFile(dir);
  try {
    makeFolder(slurmFolder(dir));
    const start = endLastLine(file);
    const handle = openRegularFile(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
    try {
      appendFileSync(handle, start + jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw error instanceof UserError ? error : writeFailure(file, error);
  }
}

/** Parses a line of the jobs' file; undefined if it is incomplete or invalid. */
function parseJob(line: string): SubmittedJob | undefined {
  try {
    const job = JSON.parse(line) as Partial<SubmittedJob> | null;
    const isJob = typeof job?.run === 'string' && /^\d+_\d+$/.test(String(job.job));
    return isJob ? (job as SubmittedJob) : undefined;
  } catch {
    return undefined;
  }
}

/** The last job of every run of a sweep's folder, by run id. */
export function submittedJobs(dir: string): Map<string, SubmittedJob> {
  const lines = (readIfExists(jobsFile(dir)) ?? '').split('\n');
  return new Map(lines.flatMap((line) => parseJob(line) ?? []).map((job) => [job.run, job]));
}

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

/** Parses the lines of `sacct -n -X -P -o JobID,State`. Returns by job how it ended. */
export function parseAccounting(text: string): Map<string, JobState> {
  const rows = text.split('\n').map((line) => line.trim().split('|'));
  // `CANCELLED by 1000` also names the user: the first word is the state.
  return new Map(
    rows.flatMap(([job, state]) =>
      job && state ? [[job, { ...toJobState(job, state.split(' ')[0]!), hasEnded: true }] as const] : [],
    ),
  );
}

/** The state of each job in Slurm's queue, by job. @param seconds timeout, as of `slurm`. @throws UserError 69 as `slurm`. */
export const queuedJobs = async (seconds?: number): Promise<Map<string, JobState>> =>
  parseQueue(await slurm('squeue', ['-h', '-r', '-o', '%i|%T|%r'], seconds));

/** How the jobs that have left the queue ended; empty if the cluster has no accounting. */
async function endedJobs(jobs: readonly string[]): Promise<Map<string, JobState>> {
  if (jobs.length === 0) return new Map();
  const arrays = [...new Set(jobs.map((job) => job.split('_')[0]!))].join(',');
  try {
    const options = ['-n', '-X', '-P', '-o', 'JobID,State', '-j', arrays];
    return parseAccounting(await slurm('sacct', options, STATUS_TIMEOUT_SECONDS));
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

/** The jobs of a folder's runs, as `Executor.status` returns them. */
export async function jobStates(dir: string, unfinished: ReadonlySet<string>): Promise<Map<string, JobState>> {
  const jobs = [...submittedJobs(dir).values()];
  if (jobs.length === 0) return new Map();
  const queue = await queuedJobs(STATUS_TIMEOUT_SECONDS);
  const notQueued = jobs.filter(({ run, job }) => unfinished.has(run) && !queue.has(job));
  const ended = await endedJobs(notQueued.map(({ job }) => job));
  return new Map(
    jobs.flatMap(({ run, job }) => {
      const state = queue.get(job) ?? ended.get(job);
      return state === undefined ? [] : [[run, state] as const];
    }),
  );
}

/** The jobs of this folder that are in Slurm's queue now, by run id. */
export async function openJobs(dir: string): Promise<Map<string, string>> {
  const submitted = [...submittedJobs(dir).values()];
  if (submitted.length === 0) return new Map();
  const queue = await queuedJobs();
  const open = submitted.filter(({ job }) => queue.has(job));
  return new Map(open.map(({ run, job }) => [run, job]));
}

/** Removes a folder's jobs from the queue, as `Executor.cancel` does. */
export async function cancelJobs(dir: string): Promise<Cancelled> {
  const jobs = [...(await openJobs(dir)).values()];
  for (let at = 0; at < jobs.length; at += MAX_JOBS_PER_COMMAND)
    await slurm('scancel', jobs.slice(at, at + MAX_JOBS_PER_COMMAND));
  return { jobs, terminated: [], unreachable: [] };
}
