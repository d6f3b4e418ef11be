import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readLockHolder } from '../../src/base/files/lock.ts';
import { identifyProcess, type ProcessIdentity } from '../../src/base/system/process-identity.ts';
import { runPaths } from '../../src/results/run-folder.ts';
import { attemptRun } from '../../src/sweep/processes/attempt.ts';
import { makeRunFolder, prepareRun } from '../../src/sweep/folder.ts';
import type { PlannedRun } from '../../src/results/sweep-plan.ts';
import { recordJobs } from '../../src/sweep/executors/slurm/jobs-file.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { fakeSlurm } from '../support/fake-slurm.ts';
import { sleepsWithoutSignal } from '../support/pause.ts';
import { until } from '../support/small-sweep.ts';
import {
  cancelFake,
  readFakeEvents,
  fakeSweep,
  NEVER,
  planOf,
  sweepHeader,
  temporaryFolder,
} from '../support/sweeps.ts';

it('cancel ends a sweep that waits before a retry, although no run is running', async () => {
  const folder = temporaryFolder();
  const header = sweepHeader.replace('backoffSeconds: 0', 'backoffSeconds: 3600');
  const plan = planOf(folder, `${header}runs: [{ network: vgg11 }]\n`);
  fakeSweep(folder, plan, { crashAt: { vgg11: [1] } });
  const program = resolve(import.meta.dirname, '../support/fake-sweep.ts');
  const args = ['--import', 'tsx', program, folder, 'test', '1'];
  const sweep = spawn(process.execPath, args, { stdio: 'ignore' });
  const end = once(sweep, 'exit');
  const claim = sweepPaths(folder).claim(plan.runs[0]!.id);
  await until(() => readFakeEvents(folder).length === 2 && readLockHolder(claim) === undefined);
  expect((await cancelFake(folder)).terminated.map(({ pid }) => pid)).toEqual([sweep.pid]);
  expect(await end).toEqual([1, null]);
  expect(readFakeEvents(folder).map(({ event }) => event)).toEqual(['start', 'crash']);
  expect(await cancelFake(folder)).toEqual({ jobs: [], terminated: [], unreachable: [] });
});

it('cancel stops a run that a killed sweep has left running, after a checkpoint', async () => {
  const folder = temporaryFolder();
  const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
  const { context } = fakeSweep(folder, plan, { stepMs: 200 });
  const [run] = plan.runs;
  makeRunFolder(folder, run!.id);
  const { file, args } = context.train(prepareRun(folder, run!), sweepPaths(folder).run(run!.id));
  const orphan = spawn(file, args, { detached: true, stdio: 'ignore' });
  const end = once(orphan, 'exit');
  await until(() => readStatus(folder)[0]?.progress?.state === 'training');
  const { terminated, unreachable } = await cancelFake(folder);
  expect([terminated.map(({ pid }) => pid), unreachable]).toEqual([[orphan.pid], []]);
  expect(await end).toEqual([75, null]);
  expect(readFakeEvents(folder).map(({ event }) => event)).toEqual(['start', 'stop']);
  expect(readStatus(folder).map(({ phase }) => phase)).toEqual(['stopped']);
  expect(await cancelFake(folder)).toEqual({ jobs: [], terminated: [], unreachable: [] });
});

it('cancel stops queued jobs and also a sweep of this machine, but sends no second signal to the process of a job', async () => {
  const folder = temporaryFolder();
  const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }, { network: resnet50 }]\n`);
  const hold = { step: 1, until: NEVER };
  const { context } = fakeSweep(folder, plan, { holdAt: { vgg11: hold, resnet50: hold } });
  const [here, inJob] = plan.runs as [PlannedRun, PlannedRun];
  fakeSlurm({ squeue: `echo '7_0|PENDING|Priority'; echo '7_1|RUNNING|None'` });
  const submittedAt = new Date().toISOString();
  recordJobs(
    folder,
    [here, inJob].map(({ id }, task) => ({ run: id, job: `7_${task}`, submittedAt })),
  );
  makeRunFolder(folder, inJob.id);
  const { file, args } = context.train(prepareRun(folder, inJob), sweepPaths(folder).run(inJob.id));
  const job = spawn(file, args, { detached: true, stdio: 'ignore' });
  onTestFinished(() => void job.kill('SIGKILL'));
  const program = resolve(import.meta.dirname, '../support/fake-sweep.ts');
  const sweep = spawn(process.execPath, ['--import', 'tsx', program, folder, 'test', '1'], { stdio: 'ignore' });
  const end = once(sweep, 'exit');
  await until(() => readStatus(folder).every(({ progress }) => progress?.step === 1));
  const { jobs, terminated, unreachable } = await cancelFake(folder);
  expect([jobs, terminated.map(({ pid }) => pid), unreachable]).toEqual([['7_0', '7_1'], [sweep.pid], []]);
  await end;
  const stopped = readFakeEvents(folder).filter(({ event }) => event === 'stop');
  expect(stopped.map(({ id }) => id)).toEqual([here.id]);
});

describe('a lock file that names a process that is not a run', () => {
  /** Starts a process that any signal ends at once, in its own process group. */
  async function startBystander() {
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
    const startedTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await until(() => sleepsWithoutSignal(child.pid!));
    return { pid: child.pid!, startedTicks };
  }

  it.each<[string, (pid: number, ticks: number) => Partial<ProcessIdentity>]>([
    ['a process group', (pid) => ({ pid: -pid, startedTicks: null })],
    ['a process with an unknown start', (pid) => ({ pid, startedTicks: null })],
    ['another process with the same process id', (pid, ticks) => ({ pid, startedTicks: ticks - 1 })],
    ['a program of another kind', (pid, startedTicks) => ({ pid, startedTicks })],
    ['a process before the last boot', (pid, startedTicks) => ({ pid, startedTicks, boot: 'x' })],
    ['the process group of the caller', () => ({ pid: 0, startedTicks: null })],
    ['all processes', () => ({ pid: -1, startedTicks: null })],
    ['a process id that is not a whole number', (pid, startedTicks) => ({ pid: pid + 0.5, startedTicks })],
  ])('%s: neither cancel nor a sweep that stops sends it a signal', async (_, wrongIdentity) => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
    const { context, stop } = fakeSweep(folder, plan);
    const run = plan.runs[0]!;
    makeRunFolder(folder, run.id);
    const { pid, startedTicks } = await startBystander();
    const holder = { ...identifyProcess(), ...wrongIdentity(pid, startedTicks) };
    writeFileSync(runPaths(sweepPaths(folder).run(run.id)).lock, JSON.stringify(holder));
    expect((await cancelFake(folder)).terminated).toEqual([]);
    stop.abort();
    expect((await attemptRun(context, run, {})).kind).toBe('stopped');
    expect(sleepsWithoutSignal(pid)).toBe(true);
  });
});
