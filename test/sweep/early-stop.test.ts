import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FlopsLimit } from '../../src/results/flops-limit.ts';
import { loadMeasurements } from '../../src/results/store.ts';
import { writeLimits } from '../../src/sweep/early-stop.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { sweepLocally } from '../../src/sweep/executors/local/sweep-locally.ts';
import type { Slot } from '../../src/sweep/slots.ts';
import { executeRun } from '../../src/sweep/processes/execute-run.ts';
import type { PlannedRun } from '../../src/results/sweep-plan.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { statusText } from '../../src/sweep/terminal/status-text.ts';
import { resultsTable } from '../../src/sweep/terminal/table.ts';
import { trendOfMeasurements } from '../../src/trend/trend.ts';
import { doubletime } from '../support/cli.ts';
import { makeMeasurement, withConfigOf } from '../support/measurements.ts';
import { readFakeEvents, fakeSweep, planOf, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

const slots = (n: number): Slot[] => Array.from({ length: n }, (_, i) => ({ name: `worker ${i}`, env: {} }));
const quiet = { changed: () => undefined };

/** Fake EfficientNet reaches 79.1 % after 4 epochs, and fake VGG after 12. So within five epochs only EfficientNet reaches it. */
const header = `${sweepHeader.replace('epochs: 2', 'epochs: 5')}level: { metric: top5, value: 0.791 }
`;
/** Both runs are running at the same time. VGG continues after its first epoch only when it has a limit. */
const untilLimited = {
  stepMs: 1,
  afterStarts: { efficientnet_b0: 2 },
  holdAt: { vgg11: { step: 10, until: 'budget.json' } },
};
const limitOf = (folder: string, id: string): FlopsLimit =>
  JSON.parse(readFileSync(join(sweepPaths(folder).run(id), 'budget.json'), 'utf8')) as FlopsLimit;

describe('earlyStop: cheapestSoFar', () => {
  it('stops a run that has used more compute than the cheapest, reports it, and never starts it again', async () => {
    const folder = temporaryFolder();
    const yaml = `${header}earlyStop: { rule: cheapestSoFar, factor: 1.5 }
runs: [{ network: efficientnet_b0 }, { network: vgg11 }]
`;
    const plan = planOf(folder, yaml);
    const [cheap, expensive] = plan.runs;
    const { context } = fakeSweep(folder, plan, untilLimited);
    const states = await sweepLocally(context, slots(2), quiet);
    // Both were running at the same time.
    expect(readFakeEvents(folder).map(({ event }) => event)).toEqual(['start', 'start', 'end', 'early']);
    const [first, second] = states.map(({ result }) => result!);
    const limit = {
      rule: 'cheapestSoFar',
      factor: 1.5,
      cheapest: { run: cheap!.id, network: 'efficientnet_b0', flops: first!.crossing!.flops },
      limitFlops: 1.5 * first!.crossing!.flops,
    };
    expect(limitOf(folder, expensive!.id)).toEqual(limit);
    expect(second).toMatchObject({ status: 'stoppedEarly', crossing: null, earlyStop: limit });
    expect(second!.totals.flops).toBeGreaterThanOrEqual(limit.limitFlops);
    expect(second!.totals.epochs).toBeLessThan(5);
    expect(resultsTable(states)).toMatch(
      new RegExp(`vgg11 .*level not reached, stopped early: 1.5 x the .*${cheap!.id} reached`),
    );

    const again = await sweepLocally(fakeSweep(folder, plan).context, slots(2), quiet);
    expect(again.map(({ phase }) => phase)).toEqual(['done', 'done']);
    expect(readFakeEvents(folder)).toHaveLength(4);
    const stored = loadMeasurements([join(folder, 'results')]).stored;
    const [trend] = trendOfMeasurements(
      stored.map(({ measurement }) => measurement),
      { counts: 'paper', levels: 'own' },
    );
    expect(trend?.points.map(({ network }) => network)).toEqual(['efficientnet_b0']);
    expect(trend?.notReached).toEqual(['vgg11']);
    expect(trend?.notes.join('\n')).toMatch(/1 of 1 run of vgg11 stopped early/);
  });

  it('works between jobs of a cluster, which execute one run each', async () => {
    const folder = temporaryFolder();
    const yaml = `${header}earlyStop: { rule: cheapestSoFar }
runs: [{ network: efficientnet_b0 }, { network: vgg11 }]
`;
    const plan = planOf(folder, yaml);
    const { context } = fakeSweep(folder, plan, untilLimited);
    const job = (run: PlannedRun) => executeRun(context, run, () => undefined);
    expect(await Promise.all(plan.runs.map(job))).toEqual([0, 0]);
    expect(readFakeEvents(folder).map(({ event }) => event)).toEqual(['start', 'start', 'end', 'early']);
  });

  it('limits a run that starts later, compares only runs of the same level, and never stops the anchor', async () => {
    const folder = temporaryFolder();
    const yaml = `${sweepHeader.replace('epochs: 2', 'epochs: 5')}earlyStop: { rule: cheapestSoFar }
level: { metric: top5, anchor: alexnet }
runs:
  - network: alexnet
  - { network: efficientnet_b0, level: { metric: top5, value: 0.3 } }
  - { network: resnet50, level: { metric: top5, value: 0.3 } }
  - network: vgg11
  - { network: googlenet, stopAt: end }
`;
    const plan = planOf(folder, yaml);
    const states = await sweepLocally(fakeSweep(folder, plan, { stepMs: 1 }).context, slots(1), quiet);
    expect(states.every(({ phase }) => phase === 'done')).toBe(true);
    const idOf = (name: string) => plan.runs.find((run) => run.name === name)!.id;
    const has = (name: string) => existsSync(join(sweepPaths(folder).run(idOf(name)), 'budget.json'));
    expect(['alexnet', 'efficientnet_b0', 'googlenet'].map(has)).toEqual([false, false, false]);
    expect(limitOf(folder, idOf('resnet50')).cheapest.run).toBe(idOf('efficientnet_b0'));
    expect(limitOf(folder, idOf('vgg11')).cheapest.run).toBe(idOf('alexnet'));
  });

  it('compares only runs on the same images, of any size', () => {
    const folder = temporaryFolder();
    const images = '{ source: synthetic, input: 64, classes: 10, trainExamples: 500, validationExamples: 100 }';
    const yaml = `${header}earlyStop: { rule: cheapestSoFar }
runs:
  - { network: efficientnet_b0 }
  - { network: googlenet, data: ${images} }
  - { network: vgg11, set: { data.input: 64 } }
`;
    const plan = planOf(folder, yaml);
    const [cheap, other, larger] = plan.runs.map(({ id }) => sweepPaths(folder).run(id));
    for (const run of [cheap!, other!, larger!]) mkdirSync(run, { recursive: true });
    const measurement = withConfigOf(plan.runs[0]!, makeMeasurement({ epochs: 12, epochsToLevel: 8 }));
    writeFileSync(join(cheap!, 'measurement.json'), JSON.stringify(measurement));
    for (const run of [other!, larger!]) writeFileSync(join(run, 'claim'), '{}');
    writeLimits({ dir: folder, plan, store: join(folder, 'results') });
    expect(existsSync(join(other!, 'budget.json'))).toBe(false);
    expect(limitOf(folder, plan.runs[2]!.id).limitFlops).toBeGreaterThan(0);
  });

  it('removes a limit if no rule sets it any more', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${header}runs: [{ network: vgg11 }]\n`);
    const run = sweepPaths(folder).run(plan.runs[0]!.id);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'budget.json'), '{}');
    const [state] = await sweepLocally(fakeSweep(folder, plan).context, slots(1), quiet);
    expect(state?.result?.status).toBe('finished');
    expect(existsSync(join(run, 'budget.json'))).toBe(false);
  });

  it('writes the limits of other runs if one has a folder in the place of its limit', () => {
    const folder = temporaryFolder();
    const yaml = `${header}earlyStop: { rule: cheapestSoFar }
runs: [{ network: efficientnet_b0 }, { network: googlenet }, { network: vgg11 }]
`;
    const plan = planOf(folder, yaml);
    const [cheap, blocked, last] = plan.runs.map(({ id }) => sweepPaths(folder).run(id));
    for (const run of [cheap!, join(blocked!, 'budget.json'), last!]) mkdirSync(run, { recursive: true });
    writeFileSync(
      join(cheap!, 'measurement.json'),
      JSON.stringify(withConfigOf(plan.runs[0]!, makeMeasurement({ epochs: 12, epochsToLevel: 8 }))),
    );
    for (const run of [blocked!, last!]) writeFileSync(join(run, 'claim'), '{}');
    writeLimits({ dir: folder, plan, store: join(folder, 'results') });
    expect(limitOf(folder, plan.runs[2]!.id).limitFlops).toBeGreaterThan(0);
  });

  it('ignores a damaged result and a run that did not reach the level', () => {
    const folder = temporaryFolder();
    const yaml = `${header}earlyStop: { rule: cheapestSoFar }
runs: [{ network: alexnet }, { network: googlenet }, { network: vgg11 }]
`;
    const plan = planOf(folder, yaml);
    const [notReached, damaged, last] = plan.runs.map(({ id }) => sweepPaths(folder).run(id));
    for (const run of [notReached!, damaged!, last!]) mkdirSync(run, { recursive: true });
    writeFileSync(join(damaged!, 'measurement.json'), '{');
    writeFileSync(
      join(notReached!, 'measurement.json'),
      JSON.stringify(withConfigOf(plan.runs[0]!, makeMeasurement({ epochs: 2 }))),
    );
    writeFileSync(join(last!, 'claim'), '{}');
    writeLimits({ dir: folder, plan, store: join(folder, 'results') });
    expect(existsSync(join(last!, 'budget.json'))).toBe(false);
  });
});

/** Real trainings: one learns, and the other never does, because its learning rate is almost 0. */
const realSweep = `question: Does a running run stop once it cannot be the cheapest any more?
level: { metric: top1, value: 0.5 }
data: { source: synthetic, input: 16, classes: 10, trainExamples: 320, validationExamples: 100 }
earlyStop: { rule: cheapestSoFar, factor: 1.25 }
runs:
  - id: learns
    network: { name: resnet18, stem: small, width: 0.1 }
    recipe: { batch: 32, epochs: 60, learningRate: 0.1 }
  - id: never
    network: { name: resnet18, stem: small, width: 0.1 }
    recipe: { batch: 32, epochs: 2000, learningRate: 1e-9 }
`;

it('ends a real training at an evaluation, through the command line', { timeout: 900_000 }, () => {
  const folder = temporaryFolder();
  const file = join(folder, 'real.yaml');
  writeFileSync(file, realSweep);
  const dir = join(folder, 'work');
  const { status, stdout, stderr } = doubletime(['sweep', file, '--dir', dir, '--workers', '2']);
  expect([status, stderr]).toEqual([0, '']);
  const { stored, unreadable } = loadMeasurements([join(dir, 'results')]);
  expect(unreadable).toEqual([]);
  const measurementOf = (id: string) => stored.find(({ file: path }) => path.includes(`${id}-s0-`))!.measurement;
  const [learns, never] = [measurementOf('learns'), measurementOf('never')];
  expect(learns.status).toBe('reachedLevel');
  const { earlyStop, curve, crossing, totals } = never;
  expect(never.status).toBe('stoppedEarly');
  expect(earlyStop?.cheapest.flops).toBe(learns.crossing!.flops);
  expect(earlyStop?.limitFlops).toBe(1.25 * learns.crossing!.flops);
  expect(crossing).toBeNull();
  expect(curve.at(-1)?.flops).toBe(totals.flops);
  expect(totals.flops).toBeGreaterThanOrEqual(earlyStop!.limitFlops);
  expect(stdout).toMatch(/never .*stopped early: 1\.25 x the .*learns-s0-/);
  expect(doubletime(['validate', ...stored.map(({ file: path }) => path)]).status).toBe(0);
  expect(statusText(readStatus(dir))).toMatch(/never-s0-\S+ +done .*stopped early: 1\.25 x/);
  const trend = doubletime(['trend', join(dir, 'results')]);
  expect(trend.status).toBe(0);
  const again = doubletime(['sweep', file, '--dir', dir]);
  expect([again.status, again.stdout.includes('starts on')]).toEqual([0, false]);
});
