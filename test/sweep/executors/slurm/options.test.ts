import { expect, it } from 'vitest';
import { slurmOptions } from '../../../../src/sweep/executors/slurm/options.ts';

/** The messages about options; none if they are accepted. */
const problemsOf = (options: object): string[] =>
  (slurmOptions.safeParse(options).error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);

it.each([
  ['1', 60],
  ['01:30', 90],
  ['0:1:30', 90],
  ['0-0:1', 60],
  ['0-00:01:30', 90],
])('refuses a time limit of %s: each job would be stopped at its start', (time, seconds) => {
  expect(problemsOf({ time })).toEqual([
    `time is ${time}, which is ${seconds} seconds, and each job is stopped 120 seconds before its limit (warnSeconds), so no run would get further: raise time, or lower warnSeconds`,
  ]);
  expect(problemsOf({ time, warnSeconds: seconds - 1 })).toEqual([]);
});

it('reads a time limit as Slurm does', () => {
  // An hour and a second are more than an hour; minutes, hours and days are not mixed up.
  const longer = ['60:01', '1:00:01', '0-1:0:1', '61', '0-2', '1-0', '0-1:1'];
  const upToAnHour = ['60:00', '1:00:00', '0-1', '60', '0-0:60', '0-1:00:00'];
  for (const time of longer) expect(problemsOf({ time, warnSeconds: 3600 }), time).toEqual([]);
  for (const time of upToAnHour) expect(problemsOf({ time, warnSeconds: 3600 }), time).toHaveLength(1);
});

it('accepts 0, which is no limit for Slurm, and options without a limit', () => {
  expect(problemsOf({ time: '0' })).toEqual([]);
  expect(problemsOf({ time: '0-0' })).toEqual([]);
  expect(problemsOf({ warnSeconds: 65535 })).toEqual([]);
});
