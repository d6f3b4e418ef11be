import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sweepPaths } from '../../../src/sweep/folder.ts';
import { entry, openToWrite, startProgram, until } from '../../support/processes.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

it('told to stop before it listens, ends with 75: the job of a cluster that was preempted at once comes back', async () => {
  const folder = temporaryFolder();
  const plan = planOf(join(folder, 'config'), `${sweepHeader}runs: [{ network: vgg11 }]\n`);
  const paths = sweepPaths(folder);
  mkdirSync(paths.plans);
  // It waits for its plan, which comes through a pipe.
  const file = paths.plan(plan.name);
  execFileSync('mkfifo', [file]);
  const args = ['sweep-run', folder, plan.name, paths.results, plan.runs[0]!.id];
  const job = startProgram(process.execPath, [entry, ...args]);
  let pipe: number | undefined;
  await until(job, () => (pipe = openToWrite(file)) !== undefined);
  job.child.kill('SIGTERM');
  writeFileSync(pipe!, JSON.stringify(plan));
  closeSync(pipe!);
  const { code, signal, err } = await job.ended;
  expect([code, signal], err).toEqual([75, null]);
});
