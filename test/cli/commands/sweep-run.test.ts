import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runPaths } from '../../../src/results/run-folder.ts';
import { measurementText } from '../../../src/results/store.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import type { PlannedRun } from '../../../src/results/sweep-plan.ts';
import { recordJobs } from '../../../src/sweep/executors/slurm/jobs-file.ts';
import { savePlan } from '../../../src/sweep/folder.ts';
import { doubletime } from '../../support/cli.ts';
import { fakeSlurm } from '../../support/fake-slurm.ts';
import { makeMeasurement, withConfigOf } from '../../support/measurements.ts';
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

/** A folder with the plan and the result of a run, and with the damaged plan of another sweep. */
function besideDamagedPlan() {
  const folder = temporaryFolder();
  const plan = planOf(join(folder, 'config'), `${sweepHeader}runs: [{ network: vgg11 }]\n`);
  const paths = sweepPaths(folder);
  savePlan(folder, plan);
  const [run] = plan.runs as [PlannedRun];
  const { id } = run;
  mkdirSync(paths.run(id), { recursive: true });
  writeFileSync(
    runPaths(paths.run(id)).measurement,
    measurementText(withConfigOf(run, makeMeasurement({ network: 'vgg11' }))),
  );
  writeFileSync(paths.plan('zzz'), '{"version":1,');
  return { folder, plan, paths, id };
}

it('sweep-run does not read the plans of other sweeps', () => {
  const { folder, plan, paths, id } = besideDamagedPlan();
  const { status, stderr } = doubletime(['sweep-run', folder, plan.name, paths.results, id]);
  expect([status, stderr]).toEqual([0, '']);
  expect(existsSync(join(paths.results, plan.name, `${id}.json`))).toBe(true);
});

it('cancel warns of a damaged plan and cancels the jobs of the folder', () => {
  const { folder, id } = besideDamagedPlan();
  const slurm = fakeSlurm({ squeue: `echo '7_0|RUNNING|None'` });
  recordJobs(folder, [{ run: id, job: '7_0', submittedAt: new Date().toISOString() }]);
  const { status, stdout, stderr } = doubletime(['cancel', folder]);
  expect([status, stdout]).toEqual([0, 'cancelled 1 job\n']);
  expect(stderr).toMatch(/^doubletime: [^\n]*zzz\.json: not JSON[^\n]*\n$/);
  expect(slurm.calls('scancel')).toEqual(['7_0']);
});
