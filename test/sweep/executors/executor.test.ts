import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMeasurements } from '../../../src/results/store.ts';
import type { SweepPlan } from '../../../src/results/sweep-plan.ts';
import { cancelSweep } from '../../../src/sweep/cancel.ts';
import { executors } from '../../../src/sweep/executors/index.ts';
import { readSweep } from '../../../src/sweep/planning/expand.ts';
import { statusJson, readStatus, addJobs } from '../../../src/sweep/status.ts';
import { fakeQueue, jobsOf, startJobs } from '../../support/fake-queue.ts';
import { until, writeSmallSweep } from '../../support/small-sweep.ts';
import {
  readFakeEvents,
  fakeSweep,
  NEVER,
  planOf,
  sampleCatalogue,
  sweepHeader,
  temporaryFolder,
} from '../../support/sweeps.ts';

const root = resolve(import.meta.dirname, '../../..');
const jobProgram = join(root, 'test/support/run-of-sweep.ts');
/** The registered executors and one more. Registration needs nothing else. */
const withQueue = { ...executors, queue: fakeQueue };

const yaml = `${sweepHeader}queue: { priority: 3 }\nruns: [{ network: vgg11 }, { network: alexnet }]\n`;

function submit(folder: string, plan: SweepPlan, script: object = {}) {
  const { context } = fakeSweep(folder, plan, script);
  const args = ['--import', 'tsx', jobProgram, folder, plan.name, context.store];
  const runOne = { file: process.execPath, args };
  const resources = () => ({ gpus: 0, threads: 1 });
  return fakeQueue.submit({ ...context, runOne, resources, out: process.stdout });
}

const statuses = async (folder: string) =>
  (await addJobs(folder, readStatus(folder), () => undefined, withQueue)).map((run) => statusJson(run, withQueue));

function planWithQueue(folder: string): SweepPlan {
  const file = join(folder, 'test.yaml');
  // Without registration the key is unknown.
  expect(() => planOf(folder, yaml)).toThrow(/unknown key "queue"/);
  return readSweep(file, sampleCatalogue, withQueue);
}

describe('an executor that is registered', () => {
  it('reads its options from the file, queues the runs, reports their state, and ends with their results', async () => {
    const folder = temporaryFolder();
    const plan = planWithQueue(folder);
    expect(plan.options).toMatchObject({ queue: { priority: 3 }, slurm: { warnSeconds: 120 } });
    expect(await submit(folder, plan)).toMatchObject({ kind: 'queued', queued: 0, done: 0 });
    expect(jobsOf(folder).map(({ priority }) => priority)).toEqual([3, 3]);
    const queued = await statuses(folder);
    expect(queued.map(({ phase }) => phase)).toEqual(['queued', 'queued']);
    const job = { job: `job-${plan.runs[0]!.id}`, state: 'PENDING' };
    expect(queued[0]).toMatchObject({ queue: job, slurm: null });
    expect(await startJobs(folder)).toEqual([0, 0]);
    expect((await statuses(folder)).map(({ phase }) => phase)).toEqual(['done', 'done']);
    expect(loadMeasurements([join(folder, 'results')]).stored).toHaveLength(2);
    expect(await submit(folder, plan)).toMatchObject({ done: 2, submitted: new Map() });
  });

  it('cancels its runs after a checkpoint, and a later submission resumes them', async () => {
    const folder = temporaryFolder();
    const plan = planWithQueue(folder);
    const hold = { step: 5, until: NEVER };
    await submit(folder, plan, { holdAt: { vgg11: hold, alexnet: hold } });
    const ended = startJobs(folder);
    await until(() => readStatus(folder).every(({ progress }) => progress?.step === 5));
    expect((await cancelSweep(folder, withQueue)).jobs).toHaveLength(2);
    expect(await ended).toEqual([75, 75]);
    expect(readStatus(folder).map(({ phase }) => phase)).toEqual(['stopped', 'stopped']);
    await submit(folder, plan);
    expect(await startJobs(folder)).toEqual([0, 0]);
    const starts = readFakeEvents(folder).filter(({ event }) => event === 'start');
    expect(starts.map(({ step }) => step)).toEqual([0, 0, 5, 5]);
  });

  it('can be used by name in sweep, status and cancel', () => {
    const folder = temporaryFolder();
    const program = join(root, 'test/support/fake-queue-cli.ts');
    const doubletime = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', program, ...args], { encoding: 'utf8' });
    const dir = join(folder, 'its "folder"');
    const file = writeSmallSweep(folder, 1, ['a']);
    const submitted = doubletime('sweep', file, '--dir', dir, '--executor', 'queue');
    expect([submitted.status, submitted.stderr]).toEqual([0, '']);
    expect(submitted.stdout).toContain('1 run submitted');
    expect(submitted.stdout).toContain(`doubletime status '${dir}'\n`);
    expect(doubletime('status', dir, '--json').stdout).toContain('"state": "PENDING"');
    expect(doubletime('cancel', dir).stdout).toBe('cancelled 1 job\n');
    const unknown = doubletime('sweep', file, '--dir', dir, '--executor', 'cloud');
    expect([unknown.status, unknown.stderr]).toEqual([
      64,
      expect.stringContaining('expected one of: local, slurm, queue'),
    ]);
  });
});

it('no source file outside the folder of executors names a cluster', () => {
  const names = /slurm|\b(sbatch|squeue|scontrol|scancel|sacct)\b/i;
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /\.(ts|mjs)$/.test(file));
  const naming = sources.filter((file) => names.test(readFileSync(join(root, 'src', file), 'utf8')));
  expect(naming.filter((file) => !file.startsWith('sweep/executors/'))).toEqual([]);
  const inTheRoom = naming.filter((file) => !file.startsWith('sweep/executors/slurm/'));
  expect(inTheRoom).toEqual(['sweep/executors/registry.ts']);
});
