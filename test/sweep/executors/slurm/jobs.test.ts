import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordJobs, submittedJobs, type SubmittedJob } from '../../../../src/sweep/executors/slurm/jobs-file.ts';
import { cancelJobs, jobStates } from '../../../../src/sweep/executors/slurm/jobs.ts';
import { parseAccounting } from '../../../../src/sweep/executors/slurm/queue.ts';
import { fakeSlurm } from '../../../support/fake-slurm.ts';
import { temporaryFolder } from '../../../support/sweeps.ts';

const jobOf = (run: string, job: string): SubmittedJob => ({ run, job, submittedAt: '2026-01-01T00:00:00.000Z' });

it.each([
  ['is removed', '{"run":"b","job":"10', ['a 9_0', 'c 11_0']],
  ['is kept if only its line break is missing', JSON.stringify(jobOf('b', '10_0')), ['a 9_0', 'b 10_0', 'c 11_0']],
])('a record that was cut off %s, and the next record is a line of its own', (_, cut, expected) => {
  const dir = temporaryFolder();
  recordJobs(dir, [jobOf('a', '9_0')]);
  const file = join(dir, 'slurm', 'jobs.jsonl');
  appendFileSync(file, cut);
  recordJobs(dir, [jobOf('c', '11_0')]);
  expect([...submittedJobs(dir).values()].map(({ run, job }) => `${run} ${job}`)).toEqual(expected);
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(expected.length);
});

describe('a job in sacct', () => {
  const ended = [
    'BOOT_FAIL',
    'CANCELLED',
    'CANCELLED by 1000',
    'COMPLETED',
    'DEADLINE',
    'FAILED',
    'NODE_FAIL',
    'OUT_OF_MEMORY',
    'PREEMPTED',
    'REVOKED',
    'TIMEOUT',
  ];
  it.each([
    ...ended.map((state) => [state, true] as const),
    ...['PENDING', 'RUNNING', 'REQUEUED', 'RESIZING', 'SUSPENDED'].map((state) => [state, undefined] as const),
  ])('that is %s: whether it has ended is %s', (state, hasEnded) => {
    expect(parseAccounting(`12_0|${state}\n`).get('12_0')?.hasEnded).toBe(hasEnded);
  });
});

describe('jobs on several clusters', () => {
  it('are asked for and cancelled in their own cluster, also in hidden partitions', async () => {
    const slurm = fakeSlurm({
      squeue: `case "$*" in *north*) echo CLUSTER: north; echo '7_0|RUNNING|None' ;; *) echo '7_1|PENDING|Priority' ;; esac`,
      sacct: `case "$*" in *north*) echo '8_0|FAILED' ;; *) echo '8_0|RUNNING' ;; esac`,
    });
    const dir = temporaryFolder();
    const north = { cluster: 'north' };
    recordJobs(dir, [
      { ...jobOf('a', '7_0'), ...north },
      { ...jobOf('b', '8_0'), ...north },
      jobOf('c', '7_1'),
      jobOf('d', '7_0'),
      jobOf('e', '8_0'),
    ]);
    const states = await jobStates(dir, new Set(['a', 'b', 'c', 'd', 'e']));
    const shown = [...states].map(([run, { job, state, hasEnded }]) => [run, job, state, hasEnded]);
    expect(shown.sort()).toEqual([
      ['a', '7_0', 'RUNNING', undefined],
      ['b', '8_0', 'FAILED', true],
      ['c', '7_1', 'PENDING', undefined],
      ['e', '8_0', 'RUNNING', undefined],
    ]);
    expect(slurm.calls('squeue')).toEqual(['-M north -a -h -r -o %i|%T|%r', '-a -h -r -o %i|%T|%r']);
    expect((await cancelJobs(dir)).jobs).toEqual(['7_0', '7_1']);
    expect(slurm.calls('scancel')).toEqual(['-M north 7_0', '7_1']);
  });
});
