import { spawn } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMeasurements } from '../../../../src/results/store.ts';
import type { SweepContext } from '../../../../src/sweep/context.ts';
import type { RunState } from '../../../../src/sweep/run-queue.ts';
import { makeRunFolder, prepareRun } from '../../../../src/sweep/folder.ts';
import { sweepPaths } from '../../../../src/results/sweep-folder.ts';
import { sweepLocally } from '../../../../src/sweep/executors/local/sweep-locally.ts';
import { readStatus } from '../../../../src/sweep/status.ts';
import type { PlannedRun } from '../../../../src/results/sweep-plan.ts';
import type { Slot } from '../../../../src/sweep/slots.ts';
import { until } from '../../../support/small-sweep.ts';
import { readFakeEvents, fakeSweep, NEVER, planOf, sweepHeader, temporaryFolder } from '../../../support/sweeps.ts';

const slots = (n: number): Slot[] =>
  Array.from({ length: n }, (_, i) => ({ name: `worker ${i}`, env: { FAKE_SLOT: String(i) } }));
const quiet = { changed: () => undefined };
const sweep = (context: SweepContext, workers = 2) => sweepLocally(context, slots(workers), quiet);
const phases = (states: readonly RunState[]) => Object.fromEntries(states.map(({ run, phase }) => [run.name, phase]));
const anchored = `${sweepHeader}level: { metric: top5, anchor: alexnet }\n`;

describe('sweepLocally', () => {
  it('runs the anchor first and the others against its level, and stores their measurements', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${anchored}runs: [{ network: vgg11 }, { network: alexnet }]\n`);
    const states = await sweep(fakeSweep(folder, plan).context);
    expect(phases(states)).toEqual({ alexnet: 'done', vgg11: 'done' });
    const [anchorId, vggId] = plan.runs.map(({ id }) => id);
    expect(readFakeEvents(folder).map(({ event, id }) => `${event} ${id}`)).toEqual([
      `start ${anchorId}`,
      `end ${anchorId}`,
      `start ${vggId}`,
      `end ${vggId}`,
    ]);
    const { stored, unreadable } = loadMeasurements([join(folder, 'results', 'test')]);
    expect(unreadable).toEqual([]);
    const [anchor, vgg] = ['alexnet', 'vgg11'].map(
      (name) => stored.find(({ measurement }) => measurement.network === name)!.measurement,
    );
    const curve = anchor?.curve ?? [];
    const own = curve[curve.length - 1]?.top5 ?? 0;
    expect(anchor).toMatchObject({
      id: anchorId,
      level: { metric: 'top5', value: own, anchor: anchorId },
    });
    expect(anchor?.crossing?.accuracy).toBeCloseTo(own, 2);
    expect(vgg).toMatchObject({ id: vggId, level: { value: own, anchor: anchorId } });
  });

  it('uses the results and the level in the store if the folders of its runs were removed', async () => {
    const folder = temporaryFolder();
    const stored = () => loadMeasurements([join(folder, 'results')]).stored;
    const header = `${anchored}earlyStop: { rule: cheapestSoFar }\n`;
    const first = planOf(folder, `${header}runs: [{ network: alexnet }, { network: vgg11 }]\n`);
    await sweep(fakeSweep(folder, first).context);
    const before = stored();
    rmSync(join(folder, 'runs'), { recursive: true });
    expect(readStatus(folder).map(({ phase }) => phase)).toEqual(['done', 'done']);
    const more = 'runs: [{ network: alexnet }, { network: vgg11 }, { network: googlenet }]\n';
    const second = planOf(folder, `${header}${more}`);
    const states = await sweep(fakeSweep(folder, second).context);
    expect(states.map(({ phase }) => phase)).toEqual(['done', 'done', 'done']);
    const starts = readFakeEvents(folder).filter(({ event }) => event === 'start');
    expect(starts.map(({ id }) => id.split('-')[0])).toEqual(['alexnet', 'vgg11', 'googlenet']);
    expect(stored()).toEqual(expect.arrayContaining([...before]));
    const [anchor] = before.filter(({ measurement }) => measurement.network === 'alexnet');
    const [late] = stored().filter(({ measurement }) => measurement.network === 'googlenet');
    expect(late?.measurement.level).toEqual(anchor?.measurement.level);
  });

  it('does not execute finished runs again, but executes changed ones', async () => {
    const folder = temporaryFolder();
    const yaml = `${sweepHeader}runs: [{ network: vgg11 }, { network: alexnet }]\n`;
    await sweep(fakeSweep(folder, planOf(folder, yaml)).context);
    await sweep(fakeSweep(folder, planOf(folder, yaml)).context);
    expect(readFakeEvents(folder).filter(({ event }) => event === 'start')).toHaveLength(2);
    const changed = planOf(folder, yaml.replace('vgg11 }', 'vgg11, seeds: [5] }'));
    await sweep(fakeSweep(folder, changed).context);
    const starts = readFakeEvents(folder).filter(({ event }) => event === 'start');
    expect(starts.map(({ id }) => id.split('-')[1])).toEqual(['s0', 's0', 's5']);
  });

  it('resumes a crashed run from its checkpoint, without an effect on other runs', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }, { network: alexnet }]\n`);
    const states = await sweep(fakeSweep(folder, plan, { crashAt: { vgg11: [7, 12] } }).context);
    expect(phases(states)).toEqual({ vgg11: 'done', alexnet: 'done' });
    const eventsOf = (name: string) =>
      readFakeEvents(folder)
        .filter(({ id }) => id.startsWith(name))
        .map(({ event, step }) => `${event}@${step}`);
    expect(eventsOf('vgg11')).toEqual(['start@0', 'crash@7', 'start@5', 'crash@12', 'start@10', 'end@20']);
    expect(eventsOf('alexnet')).toEqual(['start@0', 'end@20']);
  });

  it('gives up after the retries, at once for bad data, and does not start runs that wait for a failed anchor', async () => {
    const folder = temporaryFolder();
    const plan = planOf(
      folder,
      `${sweepHeader}retries: 1
runs:
  - { network: alexnet }
  - { network: resnet50 }
  - { network: vgg11, level: { metric: top5, anchor: alexnet } }
  - { network: googlenet, level: { metric: top5, anchor: vgg11 } }
`,
    );
    const script = { exit: { alexnet: 65, resnet50: 1 } };
    const states = await sweep(fakeSweep(folder, plan, script).context);
    expect(phases(states)).toEqual({
      alexnet: 'failed',
      resnet50: 'failed',
      vgg11: 'blocked',
      googlenet: 'blocked',
    });
    expect(states.find(({ run }) => run.name === 'alexnet')).toMatchObject({
      exitCode: 65,
      message: 'ended with exit code 65: doubletime: ends with 65 for the test',
    });
    const starts = readFakeEvents(folder).filter(({ event }) => event === 'start');
    expect(starts.map(({ id }) => id.split('-')[0]).sort()).toEqual(['alexnet', 'resnet50', 'resnet50']);
  });

  it('lets all runs write checkpoints when it is stopped, and resumes from them', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }, { network: alexnet }]\n`);
    const hold = { step: 3, until: NEVER };
    const first = fakeSweep(folder, plan, { holdAt: { vgg11: hold, alexnet: hold } });
    const ending = sweep(first.context);
    await until(() => readFakeEvents(folder).length === 2);
    first.stop.abort();
    expect(phases(await ending)).toEqual({ vgg11: 'stopped', alexnet: 'stopped' });
    const stops = readFakeEvents(folder).filter(({ event }) => event === 'stop');
    expect(stops).toHaveLength(2);
    await sweep(fakeSweep(folder, plan).context);
    const resumed = readFakeEvents(folder)
      .filter(({ event }) => event === 'start')
      .slice(2);
    for (const { id, step } of resumed) expect(step).toBe(stops.find((stop) => stop.id === id)?.step);
  });

  it('stops its runs at once after a second signal, and resumes from their last checkpoints', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
    // The run has written a checkpoint and ignores signals, so that only the second signal to the sweep ends it.
    const { context, stop, kill } = fakeSweep(folder, plan, { holdAt: { vgg11: { step: 5 } } });
    const ending = sweep(context);
    const checkpoint = join(sweepPaths(folder).run(plan.runs[0]!.id), 'checkpoint.json');
    await until(() => existsSync(checkpoint));
    stop.abort();
    kill.abort();
    expect(await ending).toMatchObject([{ phase: 'stopped', message: expect.stringMatching(/^at once/) as string }]);
    expect(readFakeEvents(folder)).toHaveLength(1);
    expect(phases(await sweep(fakeSweep(folder, plan).context))).toEqual({ vgg11: 'done' });
    expect(readFakeEvents(folder)[1]?.step).toBeGreaterThanOrEqual(5);
  });

  it('shares a folder with another sweep: each run is executed once, and both see all results', async () => {
    const folder = temporaryFolder();
    const grid = `${sweepHeader}grid: { networks: [vgg11, alexnet, resnet50], seeds: [0, 1] }\n`;
    const plan = planOf(folder, grid);
    const both = await Promise.all([sweep(fakeSweep(folder, plan).context), sweep(fakeSweep(folder, plan).context)]);
    for (const states of both) expect(states.every(({ phase }) => phase === 'done')).toBe(true);
    const events = readFakeEvents(folder).map(({ event }) => event);
    expect(events.filter((event) => event === 'start')).toHaveLength(6);
    expect(events.filter((event) => event === 'end')).toHaveLength(6);
    expect(readdirSync(join(folder, 'results', 'test'))).toHaveLength(6);
  });

  it('starts no run on a GPU that a run of an earlier sweep still uses', async () => {
    const folder = temporaryFolder();
    const yaml = `${sweepHeader}runs: [{ network: alexnet }, { network: vgg11 }, { network: resnet50 }]\n`;
    const plan = planOf(folder, yaml);
    const hold = { step: 1, until: 'continue' };
    const script = { holdAt: { vgg11: hold, resnet50: hold } };
    const { context } = fakeSweep(folder, plan, script);
    const [, vgg, resnet] = plan.runs;
    const letContinue = ({ id }: PlannedRun): void => {
      writeFileSync(join(sweepPaths(folder).run(id), 'continue'), '');
    };
    const orphans = [
      [vgg!, '1'],
      [resnet!, '0'],
    ] as const;
    for (const [run, gpu] of orphans) {
      makeRunFolder(folder, run.id);
      const { file, args } = context.train(prepareRun(folder, run), sweepPaths(folder).run(run.id));
      const env = { ...process.env, CUDA_VISIBLE_DEVICES: gpu };
      spawn(file, args, { env, detached: true, stdio: 'ignore' });
    }
    await until(() => readFakeEvents(folder).length === 2);
    const gpus = ['0', '1'].map((gpu) => ({ name: `GPU ${gpu}`, env: { CUDA_VISIBLE_DEVICES: gpu } }));
    const started: string[] = [];
    const states = await sweepLocally(context, gpus, {
      changed: ({ run, phase, slot }) => {
        if (phase !== 'running') return;
        started.push(`${run.name} ${slot}`);
        // VGG ends once the sweep has both old runs, and ResNet once AlexNet is running.
        if (started.length === 2) letContinue(vgg!);
        if (started.length === 3) letContinue(resnet!);
      },
    });
    expect(states.every(({ phase }) => phase === 'done')).toBe(true);
    // AlexNet, the first in the plan, waits for a free GPU: that of VGG, which ends first.
    expect(started).toEqual(['resnet50 GPU 0', 'vgg11 GPU 1', 'alexnet GPU 1']);
    expect(readFakeEvents(folder).filter(({ event }) => event === 'start')).toHaveLength(3);
  });

  it('ends with the reason if its folder is lost, and resumes when it is restored', async () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }, { network: alexnet }]\n`);
    const away = `${folder}-away`;
    const script = { holdAt: { vgg11: { step: 5, until: away } } };
    const ending = sweep(fakeSweep(folder, plan, script).context, 1);
    await until(() => existsSync(join(sweepPaths(folder).run(plan.runs[0]!.id), 'checkpoint.json')));
    renameSync(folder, away);
    await expect(ending).rejects.toMatchObject({ exitCode: 74 });
    rmSync(folder, { recursive: true, force: true });
    renameSync(away, folder);
    // This process still holds the claim that it could not release. A sweep would have ended together with its process.
    for (const { id } of plan.runs) rmSync(join(folder, 'runs', id, 'claim'), { force: true });
    expect(phases(await sweep(fakeSweep(folder, plan).context))).toEqual({
      vgg11: 'done',
      alexnet: 'done',
    });
  });
});
