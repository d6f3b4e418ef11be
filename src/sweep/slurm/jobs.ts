import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { writeFailure } from '../../base/files.ts';
import { sweepPaths } from '../folder.ts';
import type { RunStatus, SlurmState } from '../status.ts';
import { slurm } from './tools.ts';

/** Which job a run was submitted as: `123_4`. */
export interface SubmittedJob {
  readonly run: string;
  readonly job: string;
  readonly submittedAt: string;
}

/** How long a look at the status waits for Slurm: a controller that is down is asked by Slurm for a minute and more. */
const patienceSeconds = 15;

const jobsFile = (dir: string): string => join(sweepPaths(dir).slurm, 'jobs.jsonl');

/** Notes which jobs were submitted. @throws UserError 73 or 74 */
export function recordJobs(dir: string, jobs: readonly SubmittedJob[]): void {
  const file = jobsFile(dir);
  try {
    mkdirSync(sweepPaths(dir).slurm, { recursive: true });
    appendFileSync(file, jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  } catch (error) {
    throw writeFailure(file, error);
  }
}

/** The last job of every run that was submitted from this folder; a line cut off in the middle is passed over. */
export function submittedJobs(dir: string): Map<string, SubmittedJob> {
  const file = jobsFile(dir);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const jobs = new Map<string, SubmittedJob>();
  for (const line of text.split('\n')) {
    try {
      const job = JSON.parse(line) as SubmittedJob;
      jobs.set(job.run, job);
    } catch {
      continue;
    }
  }
  return jobs;
}

/** Lines of `squeue -h -r -o %i|%T|%r`: state and reason by job. */
export function parseQueue(text: string): Map<string, SlurmState> {
  const states = new Map<string, SlurmState>();
  for (const line of text.split('\n')) {
    const [job, state, reason] = line.trim().split('|');
    if (!job || !state) continue;
    states.set(job, { job, state, ...(reason && reason !== 'None' ? { reason } : {}) });
  }
  return states;
}

/** Lines of `sacct -n -X -P -o JobID,State`: how jobs ended. */
export function parseAccounting(text: string): Map<string, SlurmState> {
  const rows = text.split('\n').map((line) => line.trim().split('|'));
  // `CANCELLED by 1000` says by whom: the first word is the state.
  return new Map(
    rows.flatMap(([job, state]) =>
      job && state ? [[job, { job, state: state.split(' ')[0]! }] as const] : [],
    ),
  );
}

/** What Slurm's queue holds now, by job. @param seconds as of `slurm`. @throws UserError 69 */
export const queuedJobs = async (seconds?: number): Promise<Map<string, SlurmState>> =>
  parseQueue(await slurm('squeue', ['-h', '-r', '-o', '%i|%T|%r'], seconds));

/** How jobs ended that have left the queue; nothing where the cluster keeps no accounts. */
async function endedJobs(jobs: readonly string[]): Promise<Map<string, SlurmState>> {
  if (jobs.length === 0) return new Map();
  const arrays = [...new Set(jobs.map((job) => job.split('_')[0]!))].join(',');
  try {
    const options = ['-n', '-X', '-P', '-o', 'JobID,State', '-j', arrays];
    return parseAccounting(await slurm('sacct', options, patienceSeconds));
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

/** The queue, undefined where this machine cannot ask for it. */
async function queueIfThere(
  unasked: (why: string) => void,
): Promise<Map<string, SlurmState> | undefined> {
  try {
    return await queuedJobs(patienceSeconds);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    unasked(error.message);
    return undefined;
  }
}

/**
 * Adds to each run what Slurm knows of its job. A run that has a job in the queue and is not at work is queued or waiting,
 * whatever its folder says. Where Slurm cannot be asked the folders alone tell.
 * @param unasked is told why.
 */
export async function mergeSlurm(
  dir: string,
  runs: readonly RunStatus[],
  unasked: (why: string) => void,
): Promise<RunStatus[]> {
  const jobs = submittedJobs(dir);
  const queue = jobs.size === 0 ? undefined : await queueIfThere(unasked);
  if (queue === undefined) return [...runs];
  const open = runs.filter(({ id, phase }) => phase !== 'done' && jobs.has(id));
  const gone = open.map(({ id }) => jobs.get(id)!.job).filter((job) => !queue.has(job));
  const ended = await endedJobs(gone);
  return runs.map((run) => {
    const job = jobs.get(run.id)?.job;
    const state = job === undefined ? undefined : (queue.get(job) ?? ended.get(job));
    if (state === undefined) return run;
    const isPending = state.state === 'PENDING' && run.phase !== 'done' && run.phase !== 'running';
    const phase = run.phase === 'waiting' ? run.phase : ('queued' as const);
    return { ...run, slurm: state, phase: isPending ? phase : run.phase };
  });
}
