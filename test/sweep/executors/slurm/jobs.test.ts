import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordJobs, submittedJobs, type SubmittedJob } from '../../../../src/sweep/executors/slurm/jobs.ts';
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
