import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataError, ExitCode, UserError } from '../../../base/errors.ts';
import { writeFileAtomic } from '../../../base/files/files.ts';
import { hashOfJson } from '../../../base/json.ts';
import { describeHolder, tryLock } from '../../../base/files/lock.ts';
import type { PlannedRun, SweepPlan } from '../../../results/sweep-plan.ts';
import { settleFinished } from '../../finished.ts';
import type { Submission, SubmitRequest } from '../executor.ts';
import { type Job, recordJobs, slurmFolder } from './jobs-file.ts';
import { openJobs } from './jobs.ts';
import { slurmOptions, type SlurmOptions } from './options.ts';
import { batchText } from './sbatch.ts';
import { parseSubmission, type SubmittedArray } from './submission.ts';
import { clusterOption, maxArraySize, slurm } from './tools.ts';

/** Runs that are submitted together: they all wait for the same anchor, or for none. */
interface Group {
  readonly anchor: string | null;
  readonly runs: readonly PlannedRun[];
}

/**
 * Groups runs in the order of the plan, in which anchors come before the runs that wait for them.
 * @param finished ids of runs with a result; no run waits for them.
 */
function groupByAnchor(runs: readonly PlannedRun[], finished: ReadonlySet<string>): Group[] {
  const groups = new Map<string | null, PlannedRun[]>();
  for (const run of runs) {
    const waits = run.anchor !== null && run.anchor !== run.id && !finished.has(run.anchor);
    const anchor = waits ? run.anchor : null;
    groups.set(anchor, [...(groups.get(anchor) ?? []), run]);
  }
  return [...groups].map(([anchor, members]) => ({ anchor, runs: members }));
}

/** The option `--array`: `0-9%4` is ten tasks, at most four at the same time. */
export const arrayOption = (count: number, maxRunning: number | undefined): string =>
  `--array=0-${count - 1}${maxRunning === undefined ? '' : `%${maxRunning}`}`;

/** Lets runs wait for the job of their anchor, in its cluster. */
const dependencyOptions = ({ job, cluster }: Job): string[] => [
  ...clusterOption(cluster),
  `--dependency=afterok:${job}`,
];

/** The parameters of a submission. */
interface Batch {
  readonly dir: string;
  readonly sweep: string;
  readonly file: string;
  readonly maxRunning: number | undefined;
  /** The largest array that Slurm accepts. */
  readonly maxTasks: number;
}

class Submitter {
  /** The job of each run in the queue, from this and earlier submissions. */
  readonly jobs: Map<string, Job>;
  readonly submitted = new Map<string, string>();
  private readonly batch: Batch;

  constructor(batch: Batch, jobs: ReadonlyMap<string, Job>) {
    this.batch = batch;
    this.jobs = new Map(jobs);
  }

  /** Submits a group as one array, or as several arrays if Slurm does not accept such a large one. */
  async submit({ anchor, runs }: Group): Promise<void> {
    const { dir, sweep, file, maxRunning, maxTasks } = this.batch;
    const ids = runs.map(({ id }) => id);
    const name = `${sweep}-${hashOfJson(ids).slice(0, 8)}.runs`;
    const list = join(slurmFolder(dir), name);
    writeFileAtomic(list, ids.map((id) => `${id}\n`).join(''));
    const waitsFor = anchor === null ? [] : dependencyOptions(this.jobs.get(anchor)!);
    for (let skip = 0; skip < ids.length; skip += maxTasks) {
      const part = ids.slice(skip, skip + maxTasks);
      const array = arrayOption(part.length, maxRunning);
      const args = ['--parsable', array, ...waitsFor, file, list, String(skip)];
      this.record(part, parseSubmission(await slurm('sbatch', args)));
    }
  }

  private record(ids: readonly string[], { number, ...cluster }: SubmittedArray): void {
    const submittedAt = new Date().toISOString();
    const jobs = ids.map((run, task) => ({ run, job: `${number}_${task}`, ...cluster, submittedAt }));
    recordJobs(this.batch.dir, jobs);
    for (const job of jobs) {
      this.jobs.set(job.run, job);
      this.submitted.set(job.run, job.job);
    }
  }
}

/** The options of Slurm in a plan. @throws UserError 65 if the plan is damaged. */
function readOptions(plan: SweepPlan): SlurmOptions {
  const parsed = slurmOptions.safeParse(plan.options['slurm'] ?? {});
  if (parsed.success) return parsed.data;
  throw dataError(`the plan "${plan.name}" is damaged: slurm: ${parsed.error.issues[0]?.message ?? ''}`);
}

type BatchRequest = Pick<SubmitRequest, 'dir' | 'plan' | 'runOne'>;

/** The path and the text of a sweep's batch file. @throws UserError 64 for text that a batch file cannot contain. */
export function createBatchFile({ dir, plan, runOne }: BatchRequest): { file: string; text: string } {
  const folder = slurmFolder(resolve(dir));
  const folders = { folder, workingFolder: process.cwd() };
  const text = batchText({ sweep: plan.name, ...folders, command: runOne, config: readOptions(plan) });
  return { file: join(folder, `${plan.name}.sbatch`), text };
}

/**
 * Submits every run that is neither finished nor queued: anchors first, then the runs that depend on them. A second call after a
 * crash or a cancellation submits the remaining runs. Runs that cannot get a result are returned with the reason.
 * @throws UserError 69 if Slurm refuses, 73 or 74 if files cannot be written, 75 if another process is submitting this sweep.
 */
export async function submitSweep(
  request: Pick<SubmitRequest, 'dir' | 'plan' | 'store' | 'runOne'>,
): Promise<Submission & { kind: 'queued' }> {
  const { plan } = request;
  const dir = resolve(request.dir);
  const { file, text } = createBatchFile(request);
  writeFileAtomic(file, text);
  chmodSync(file, 0o755);
  const { lock, heldBy } = tryLock(join(slurmFolder(dir), 'submit'));
  if (heldBy)
    throw new UserError(
      `${dir} is being submitted by ${describeHolder(heldBy)}: wait until it ends, then run the same command again`,
      ExitCode.tryAgain,
    );
  try {
    const { done, failed, open } = settleFinished(request);
    const jobs = new Map([...(await openJobs(dir)).keys()].map((job) => [job.run, job]));
    const unsubmitted = open.filter(({ id }) => !jobs.has(id));
    const maxTasks = await maxArraySize();
    const { maxRunning } = readOptions(plan);
    const submitter = new Submitter({ dir, sweep: plan.name, file, maxRunning, maxTasks }, jobs);
    for (const group of groupByAnchor(unsubmitted, done)) await submitter.submit(group);
    const queued = open.length - unsubmitted.length;
    return { kind: 'queued', done: done.size, failed, queued, submitted: submitter.submitted, file };
  } finally {
    lock.release();
  }
}
