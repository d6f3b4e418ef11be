import { expect, it } from 'vitest';
import { formatNumber } from '../../src/base/text/format.ts';
import { findCrossing } from '../../src/results/crossing.ts';
import { levelSchema } from '../../src/config/level.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { measurementFile } from '../../src/results/store.ts';
import { levelSetBy } from '../../src/sweep/result.ts';
import { executeRun } from '../../src/sweep/processes/execute-run.ts';
import { RunQueue } from '../../src/sweep/run-queue.ts';
import { resultsTable } from '../../src/sweep/terminal/table.ts';
import { alexNetLevel } from '../support/measurement-options.ts';
import { makeMeasurement } from '../support/measurements.ts';
import { fakeSweep, planOf, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

it.each([
  ['none', 'level: null'],
  ['another metric', 'level: { metric: top5, value: 0.5 }'],
])('a run reaches the top-1 of its anchor, if the level of the anchor is %s', async (_, level) => {
  const folder = temporaryFolder();
  const runs = `runs: [{ id: a, network: alexnet, ${level} }, { network: vgg11 }]`;
  const plan = planOf(folder, `${sweepHeader}level: { metric: top1, anchor: a }\n${runs}\n`);
  const { context } = fakeSweep(folder, plan, { stepMs: 1 });
  const messages: string[] = [];
  for (const run of plan.runs)
    expect(await executeRun(context, run, (line) => messages.push(line)), messages.join()).toBe(0);
  const [anchor, waiting] = plan.runs.map(({ id }) => readMeasurement(measurementFile(context.store, plan.name, id)));
  const last = anchor!.curve.at(-1)!;
  expect(last.top1).not.toBe(last.top5);
  expect(waiting!.level).toMatchObject({ metric: 'top1', value: last.top1 });
});

/** The row of vgg11, which waits for alexnet, after both have ended. alexnet has a lower level of its own. */
function rowOf(images: (of: string) => string): { row: string; expected: string } {
  const runs = `runs: [{ id: a, network: alexnet, level: { metric: top5, value: 0.4 } }, { network: vgg11 }]`;
  const queue = new RunQueue(planOf(temporaryFolder(), `${sweepHeader}level: { metric: top5, anchor: a }\n${runs}\n`));
  const low = makeMeasurement({ network: 'alexnet', level: { ...alexNetLevel, value: 0.4 }, epochsToLevel: 5 });
  const vgg11 = makeMeasurement({ network: 'vgg11', epochsToLevel: 30 });
  const finished = [low, { ...vgg11, data: { ...vgg11.data, sha256: images(low.data.sha256) } }];
  for (const measurement of finished) queue.settle(queue.take(0, 'x')!, { kind: 'done', measurement, file: 'x' }, 0);
  const row = resultsTable(queue.states)
    .split('\n')
    .find((line) => line.startsWith('vgg11'))!;
  const needed = findCrossing(low.curve, alexNetLevel)!.paperTeraflopSecondDays;
  const ratio = needed / vgg11.crossing!.paperTeraflopSecondDays;
  return { row, expected: ` ${formatNumber(ratio)}x ` };
}

it('a reduction compares what both runs need to reach the same level', () => {
  const { row, expected } = rowOf((ofAnchor) => ofAnchor);
  expect(row).toContain(expected);
});

it('runs on other images than the run that sets the level have no reduction, and a note', () => {
  const { row } = rowOf(() => 'f'.repeat(64));
  expect(row).not.toMatch(/\dx /);
  expect(row).toMatch(/other images than a-s0-[0-9a-f]{8}$/);
});

it('an anchor whose accuracy rounds to 0 % sets no level, because every network would reach it', () => {
  const level = levelSchema.parse({ metric: 'top1' });
  const setBy = (top1: number) =>
    levelSetBy({ status: 'finished', curve: [{ top1 }] } as unknown as Measurement, level);
  expect([0, 0.0004, 0.0005, 0.5].map(setBy)).toEqual([undefined, undefined, 0.0005, 0.5]);
});
