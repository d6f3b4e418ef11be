import { expect, it } from 'vitest';
import { executeRun } from '../../src/sweep/execute-run.ts';
import { diaryOf, fakeSweep, planOf, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

it('a job that does not see the result of its anchor yet looks again, as after a crash', async () => {
  const folder = temporaryFolder();
  const plan = planOf(
    folder,
    `${sweepHeader}retries: 1
level: { metric: top5, anchor: alexnet }
runs: [{ network: alexnet }, { network: vgg11 }]
`,
  );
  const { context } = fakeSweep(folder, plan, { stepMs: 1 });
  const [anchor, run] = plan.runs;
  const said: string[] = [];
  const execute = (one: typeof run) => executeRun(context, one!, (line) => said.push(line));
  expect(await execute(run)).toBe(66);
  const line = `${run!.id}: ${anchor!.id} has no result yet`;
  expect([said, diaryOf(folder)]).toEqual([[line, line], []]);
  expect([await execute(anchor), await execute(run)]).toEqual([0, 0]);
});
