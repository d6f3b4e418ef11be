import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPaths } from '../../../../src/results/run-folder.ts';
import { measurementText } from '../../../../src/results/store.ts';
import { sweepPaths } from '../../../../src/results/sweep-folder.ts';
import type { SweepPlan } from '../../../../src/results/sweep-plan.ts';
import { submittedJobs } from '../../../../src/sweep/executors/slurm/jobs-file.ts';
import { submitSweep } from '../../../../src/sweep/executors/slurm/submit.ts';
import { savePlan } from '../../../../src/sweep/folder.ts';
import { doubletime } from '../../../support/cli.ts';
import { fakeSlurm } from '../../../support/fake-slurm.ts';
import { makeMeasurement, withConfigOf } from '../../../support/measurements.ts';
import { writeSmallSweep } from '../../../support/small-sweep.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../../support/sweeps.ts';

function submit(dir: string, plan: SweepPlan) {
  savePlan(dir, plan);
  return submitSweep({ dir, plan, store: join(dir, 'results'), runOne: { file: 'node', args: [] } });
}

function writeMeasurement(dir: string, id: string, text: string): void {
  const folder = sweepPaths(dir).run(id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(runPaths(folder).measurement, text);
}

it('finds the number of a job after the banner of a site', async () => {
  const slurm = fakeSlurm({ sbatch: `echo 'Welcome to 2026; enjoy'; echo 'Quota: 5;3 left'; echo 41` });
  const dir = temporaryFolder();
  const plan = planOf(
    dir,
    `${sweepHeader}level: { metric: top5, anchor: alexnet }\nruns: [{ network: alexnet }, { network: vgg11 }]\n`,
  );
  expect([...(await submit(dir, plan)).submitted.values()]).toEqual(['41_0', '41_0']);
  expect(slurm.calls('sbatch')[1]).toContain('--dependency=afterok:41_0 ');
});

it('keeps the cluster of a job, and submits the runs that wait for it to the same cluster', async () => {
  const slurm = fakeSlurm({ sbatch: `echo '41;north'` });
  const dir = temporaryFolder();
  const plan = planOf(
    dir,
    `${sweepHeader}level: { metric: top5, anchor: alexnet }\nruns: [{ network: alexnet }, { network: vgg11 }]\n`,
  );
  await submit(dir, plan);
  expect([...submittedJobs(dir).values()].map(({ job, cluster }) => [job, cluster])).toEqual([
    ['41_0', 'north'],
    ['41_0', 'north'],
  ]);
  expect(slurm.calls('sbatch')[1]).toContain('-M north --dependency=afterok:41_0 ');
  slurm.replace('squeue', `[ "$1 $2" = '-M north' ] && echo '41_0|RUNNING|None'`);
  slurm.replace('sbatch', 'exit 1');
  expect(await submit(dir, plan)).toMatchObject({ queued: 2, submitted: new Map() });
});

it('refuses the output of sbatch if it has no number, and records no job', async () => {
  fakeSlurm({ sbatch: `echo 'Submitted 41'; echo bye` });
  const dir = temporaryFolder();
  const plan = planOf(dir, `${sweepHeader}runs: [{ network: alexnet }]\n`);
  await expect(submit(dir, plan)).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining('sbatch printed "Submitted 41; bye", expected a line such as 123: ') as string,
  });
  expect(submittedJobs(dir).size).toBe(0);
});

describe('a damaged measurement', () => {
  const yaml = `${sweepHeader}level: { metric: top5, anchor: alexnet }
runs: [{ network: alexnet }, { network: vgg11 }, { network: resnet50, level: null }, { network: squeezenet1_1, level: null }]
`;

  it('does not count as done, and neither its run nor a run that needs its level is submitted', async () => {
    const slurm = fakeSlurm();
    const dir = temporaryFolder();
    const plan = planOf(dir, yaml);
    const [alexnet, vgg11, resnet50, squeezenet] = plan.runs.map(({ id }) => id) as [string, string, string, string];
    writeMeasurement(dir, alexnet, '{"version":1,');
    const finished = makeMeasurement({ network: 'resnet50', epochs: 2, level: null });
    writeMeasurement(
      dir,
      resnet50,
      measurementText(
        withConfigOf(
          plan.runs.find(({ id }) => id === resnet50)!,
          finished,
        ),
      ),
    );
    const { done, queued, submitted, failed } = await submit(dir, plan);
    expect([done, queued, [...submitted.keys()]]).toEqual([1, 0, [squeezenet]]);
    expect([...failed]).toEqual([
      [alexnet, expect.stringMatching(/measurement\.json: not JSON/)],
      [vgg11, `waits for a level: ${alexnet} failed`],
    ]);
    expect(slurm.calls('sbatch')).toHaveLength(1);
  });

  it('ends sweep with 1 and the reason, and status shows it as failed', () => {
    fakeSlurm();
    const folder = temporaryFolder();
    const dir = join(folder, 'sweep');
    const command = ['sweep', writeSmallSweep(folder, 1, ['a', 'b']), '--executor', 'slurm', '--dir', dir];
    const first = doubletime(command);
    expect(first.status).toBe(0);
    const [id] = first.stdout.match(/a-s0-\w+/)!;
    writeMeasurement(dir, id, '{}');
    const { status, stdout } = doubletime(command);
    expect(stdout).toMatch(new RegExp(`^${id} failed: \\S+measurement.json: not a measurement`, 'm'));
    expect([status, stdout]).toEqual([1, expect.stringContaining('1 run submitted')]);
    expect(stdout).toContain(', 0 already queued, 0 done, 1 failed\n');
    expect(doubletime(['status', dir]).stdout).toMatch(new RegExp(`^${id} +failed .*not a measurement`, 'm'));
  });
});
