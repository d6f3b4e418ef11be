import { expect, it } from 'vitest';
import { executeRun } from '../../../src/sweep/processes/execute-run.ts';
import { readFakeEvents, fakeSweep, planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

it('a job without the result of its anchor retries as after a crash, and ends with exit code 66', async () => {
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
  const messages: string[] = [];
  const execute = (planned: typeof run) => executeRun(context, planned!, (line) => messages.push(line));
  expect(await execute(run)).toBe(66);
  const line = `${run!.id}: ${anchor!.id} has no result yet`;
  expect([messages, readFakeEvents(folder)]).toEqual([[line, line], []]);
  expect([await execute(anchor), await execute(run)]).toEqual([0, 0]);
});
