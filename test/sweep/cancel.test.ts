import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { holderOf } from '../../src/base/lock.ts';
import { makeRunFolder, prepareRun } from '../../src/sweep/folder.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { statusOfFolder } from '../../src/sweep/status.ts';
import { until } from '../support/small-sweep.ts';
import {
  cancelFake,
  diaryOf,
  fakeSweep,
  planOf,
  sweepHeader,
  temporaryFolder,
} from '../support/sweeps.ts';

it('a sweep that waits to try a run again is told to end, though nothing runs', async () => {
  const folder = temporaryFolder();
  const header = sweepHeader.replace('backoffSeconds: 0', 'backoffSeconds: 3600');
  const plan = planOf(folder, `${header}runs: [{ network: vgg11 }]\n`);
  fakeSweep(folder, plan, { crashAt: { vgg11: [1] } });
  const program = resolve(import.meta.dirname, '../support/fake-sweep.ts');
  const args = ['--import', 'tsx', program, folder, 'test', '1'];
  const sweep = spawn(process.execPath, args, { stdio: 'ignore' });
  const end = once(sweep, 'exit');
  const claim = sweepPaths(folder).claim(plan.runs[0]!.id);
  await until(() => diaryOf(folder).length === 2 && holderOf(claim) === undefined);
  expect((await cancelFake(folder)).terminated.map(({ pid }) => pid)).toEqual([sweep.pid]);
  expect(await end).toEqual([1, null]);
  expect(diaryOf(folder).map(({ event }) => event)).toEqual(['start', 'crash']);
  expect(await cancelFake(folder)).toEqual({ jobs: [], terminated: [], unreachable: [] });
});

it('a run that a killed sweep has left at work is told to checkpoint, too', async () => {
  const folder = temporaryFolder();
  const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
  const { context } = fakeSweep(folder, plan, { stepMs: 200 });
  const [run] = plan.runs;
  makeRunFolder(folder, run!.id);
  const { file, args } = context.train(prepareRun(folder, run!), sweepPaths(folder).run(run!.id));
  const orphan = spawn(file, args, { detached: true, stdio: 'ignore' });
  const end = once(orphan, 'exit');
  await until(() => statusOfFolder(folder)[0]?.progress?.state === 'training');
  const { terminated, unreachable } = await cancelFake(folder);
  expect([terminated.map(({ pid }) => pid), unreachable]).toEqual([[orphan.pid], []]);
  expect(await end).toEqual([75, null]);
  expect(diaryOf(folder).map(({ event }) => event)).toEqual(['start', 'stop']);
  expect(statusOfFolder(folder).map(({ phase }) => phase)).toEqual(['stopped']);
  expect(await cancelFake(folder)).toEqual({ jobs: [], terminated: [], unreachable: [] });
});
