import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { hashOfJson } from '../../base/json.ts';
import { describeHolder, tryLock } from '../../base/lock.ts';
import { finished, type SweepContext } from '../attempt.ts';
import type { Command } from '../child.ts';
import { sweepPaths } from '../folder.ts';
import type { PlannedRun } from '../plan.ts';
import { queuedJobs, recordJobs, submittedJobs } from './jobs.ts';
import { batchText } from './sbatch.ts';
import { maxArraySize, slurm } from './tools.ts';

/** Runs that are submitted together: all wait for the same anchor, or for none. */
interface Group {
  readonly anchor: string | null;
  readonly runs: readonly PlannedRun[];
}

/** What a submission did. */
export interface Submission {
  readonly done: number;
  /** In Slurm's queue already. */
  readonly queued: number;
  readonly submitted: ReadonlyMap<string, string>;
  readonly batchFile: string;
}

/** Groups in the order of the plan, in which anchors come before the runs that wait for them. */
function groupByAnchor(runs: readonly PlannedRun[], settled: ReadonlySet<string>): Group[] {
  const groups = new Map<string | null, PlannedRun[]>();
  for (const run of runs) {
    const waits = run.anchor !== null && run.anchor !== run.id && !settled.has(run.anchor);
    const anchor = waits ? run.anchor : null;
    groups.set(anchor, [...(groups.get(anchor) ?? []), run]);
  }
  return [...groups].map(([anchor, members]) => ({ anchor, runs: members }));
}

/** `0-9%4`: ten tasks, at most four at once. */
export const arrayOption = (count: number, maxRunning: number | undefined): string =>
  `--array=0-${count - 1}${maxRunning === undefined ? '' : `%${maxRunning}`}`;

class Submitter {
  /** Job of each run that is in the queue, by earlier submissions and by this one. */
  readonly jobs: Map<string, string>;
  readonly submitted = new Map<string, string>();
  private readonly context: SweepContext;
  private readonly batchFile: string;
  private readonly largest: number;

  constructor(
    context: SweepContext,
    batchFile: string,
    jobs: ReadonlyMap<string, string>,
    largest: number,
  ) {
    this.context = context;
    this.batchFile = batchFile;
    this.jobs = new Map(jobs);
    this.largest = largest;
  }

  /** Submits a group as one array, or as several where Slurm does not take one as large. */
  async submit({ anchor, runs }: Group): Promise<void> {
    const ids = runs.map(({ id }) => id);
    const name = `${this.context.plan.name}-${hashOfJson(ids).slice(0, 8)}.runs`;
    const list = resolve(sweepPaths(this.context.dir).slurm, name);
    writeFileAtomic(list, ids.map((id) => `${id}\n`).join(''));
    const waitsFor = anchor === null ? [] : [`--dependency=afterok:${this.jobs.get(anchor)!}`];
    for (let skip = 0; skip < ids.length; skip += this.largest) {
      const part = ids.slice(skip, skip + this.largest);
      const array = arrayOption(part.length, this.context.plan.slurm.maxRunning);
      const args = ['--parsable', array, ...waitsFor, this.batchFile, list, String(skip)];
      // `123;cluster` where there are several clusters.
      const job = (await slurm('sbatch', args)).trim().split(';')[0]!;
      this.note(part, job);
    }
  }

  private note(ids: readonly string[], job: string): void {
    const submittedAt = new Date().toISOString();
    const jobs = ids.map((run, task) => ({ run, job: `${job}_${task}`, submittedAt }));
    recordJobs(this.context.dir, jobs);
    for (const { run, job: task } of jobs) {
      this.jobs.set(run, task);
      this.submitted.set(run, task);
    }
  }
}

/**
 * Hands every run that is neither done nor queued to Slurm: anchors first, the others depending on them. Done again after a
 * crash or a cancel it submits what is left.
 * @param command what an array task starts; the run's id is put behind it.
 * @throws UserError 69 where Slurm refuses, 75 where another process submits this very sweep.
 */
export async function submitSweep(context: SweepContext, command: Command): Promise<Submission> {
  const { dir, plan } = context;
  const folder = resolve(sweepPaths(dir).slurm);
  const batchFile = join(folder, `${plan.name}.sbatch`);
  const file = {
    sweep: plan.name,
    folder,
    workingFolder: process.cwd(),
    command,
    config: plan.slurm,
  };
  writeFileAtomic(batchFile, batchText(file));
  chmodSync(batchFile, 0o755);
  const { lock, heldBy } = tryLock(join(folder, 'submit'));
  if (heldBy)
    throw new UserError(
      `${dir} is being submitted by ${describeHolder(heldBy)}`,
      ExitCode.tryAgain,
    );
  try {
    const settled = new Set(plan.runs.filter((run) => finished(context, run)).map(({ id }) => id));
    const jobs = await openJobs(dir);
    const left = plan.runs.filter(({ id }) => !settled.has(id) && !jobs.has(id));
    const submitter = new Submitter(context, batchFile, jobs, await maxArraySize());
    for (const group of groupByAnchor(left, settled)) await submitter.submit(group);
    const queued = plan.runs.filter(({ id }) => !settled.has(id) && jobs.has(id)).length;
    return { done: settled.size, queued, submitted: submitter.submitted, batchFile };
  } finally {
    lock.release();
  }
}

/** Runs of this folder that are in Slurm's queue now, with their jobs. */
export async function openJobs(dir: string): Promise<Map<string, string>> {
  const queue = await queuedJobs();
  const open = [...submittedJobs(dir).values()].filter(({ job }) => queue.has(job));
  return new Map(open.map(({ run, job }) => [run, job]));
}
