/** A third executor: a queue that is a folder with a file per job. A test starts its jobs with `startJobs`. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { settleFinished } from '../../src/sweep/finished.ts';
import type { Command } from '../../src/sweep/processes/child.ts';
import type { Executor } from '../../src/sweep/executors/executor.ts';

interface Job {
  readonly run: string;
  readonly command: Command;
  readonly priority: number;
  readonly pid: number | null;
}

const options = z.strictObject({ priority: z.int().default(0) });
const folderOf = (dir: string): string => sweepPaths(dir).executor('queue');

export function jobsOf(dir: string): Job[] {
  const folder = folderOf(dir);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Job);
}

const fileOf = (dir: string, run: string): string => join(folderOf(dir), `${run}.json`);

export const fakeQueue: Executor = {
  isQueue: true,
  options,
  submit: (request) => {
    const { dir, plan, runOne } = request;
    const { priority } = options.parse(plan.options['queue'] ?? {});
    const before = new Set(jobsOf(dir).map(({ run }) => run));
    const { done, failed, open } = settleFinished(request);
    const openRuns = open.filter((run) => !before.has(run.id));
    for (const { id } of openRuns) {
      const command = { file: runOne.file, args: [...runOne.args, id] };
      const job: Job = { run: id, command, priority, pid: null };
      writeFileAtomic(fileOf(dir, id), JSON.stringify(job));
    }
    return Promise.resolve({
      kind: 'queued',
      submitted: new Map(openRuns.map(({ id }) => [id, `job-${id}`])),
      queued: before.size,
      done: done.size,
      failed,
      file: resolve(folderOf(dir)),
    });
  },
  status: (dir) =>
    Promise.resolve(
      new Map(
        jobsOf(dir).map(({ run, pid }) => {
          const state = pid === null ? 'PENDING' : 'RUNNING';
          return [run, { job: `job-${run}`, state, isPending: pid === null }];
        }),
      ),
    ),
  cancel: (dir) => {
    const jobs = jobsOf(dir);
    for (const { run, pid } of jobs) {
      if (pid !== null) process.kill(pid, 'SIGTERM');
      rmSync(fileOf(dir, run));
    }
    return Promise.resolve({
      jobs: jobs.map(({ run }) => `job-${run}`),
      stoppedRuns: jobs.filter(({ pid }) => pid !== null).map(({ run }) => run),
      terminated: [],
      unreachable: [],
    });
  },
};

/** Starts every queued job. Resolves to their exit codes when all have ended. */
export function startJobs(dir: string): Promise<(number | null)[]> {
  const waiting = jobsOf(dir).filter(({ pid }) => pid === null);
  return Promise.all(
    waiting.map(async (job) => {
      const child = spawn(job.command.file, job.command.args, { stdio: 'ignore' });
      writeFileAtomic(fileOf(dir, job.run), JSON.stringify({ ...job, pid: child.pid }));
      const code = await new Promise<number | null>((ended) => child.once('exit', ended));
      rmSync(fileOf(dir, job.run), { force: true });
      return code;
    }),
  );
}
