import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import { savePlan } from '../../../src/sweep/folder.ts';
import { entry, startProgram, untilPaused } from '../../support/processes.ts';
import { pausingAt, untilPending } from '../../support/pause.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

it('a signal before sweep-run handles signals ends it with code 75, so that a preempted cluster job is restarted', async () => {
  const folder = temporaryFolder();
  const plan = planOf(join(folder, 'config'), `${sweepHeader}runs: [{ network: vgg11 }]\n`);
  const paths = sweepPaths(folder);
  savePlan(folder, plan);
  const args = ['sweep-run', folder, plan.name, paths.results, plan.runs[0]!.id];
  // The process pauses before it reads its plan, and installs its signal handlers after that.
  const readingPlan = pausingAt({ file: paths.plan(plan.name), when: 'open' });
  const job = startProgram(process.execPath, [entry, ...args], readingPlan);
  expect(await untilPaused(job)).toBe(true);
  job.child.kill('SIGTERM');
  await untilPending(job.pid, 'SIGTERM');
  job.child.kill('SIGCONT');
  const { code, signal, err } = await job.ended;
  expect([code, signal], err).toEqual([75, null]);
});
