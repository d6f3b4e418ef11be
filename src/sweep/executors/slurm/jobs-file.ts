import { appendFileSync, closeSync, constants } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { makeFolder, writeFailure } from '../../../base/files/files.ts';
import { removePartialLine } from '../../../base/files/partial-line.ts';
import { openRegularFile } from '../../../base/files/regular-file.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import { readIfExists } from '../../folder.ts';

/** A job: its number and its task in the array, `123_4`. */
export interface Job {
  readonly job: string;
  /** The cluster, if it is not the one of this machine. */
  readonly cluster?: string;
}

/** The job that a run was submitted as. */
export interface SubmittedJob extends Job {
  readonly run: string;
  readonly submittedAt: string;
}

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
    const hasCluster = job?.cluster === undefined || /^[\w.][\w.-]*$/.test(job.cluster);
    const isJob = typeof job?.run === 'string' && /^\d+_\d+$/.test(String(job.job)) && hasCluster;
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
