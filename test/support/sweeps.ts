import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { configError } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { suggestion } from '../../src/base/text/nearest.ts';
import type { Progress } from '../../src/results/progress.ts';
import type { SweepContext } from '../../src/sweep/context.ts';
import { cancelSweep } from '../../src/sweep/cancel.ts';
import type { Cancelled } from '../../src/sweep/executors/executor.ts';
import { executors } from '../../src/sweep/executors/index.ts';
import { cancelProcesses } from '../../src/sweep/executors/local/cancel.ts';
import { savePlan } from '../../src/sweep/folder.ts';
import { readSweep } from '../../src/sweep/planning/expand.ts';
import type { Catalogue } from '../../src/sweep/planning/catalogue.ts';
import type { SweepPlan } from '../../src/results/sweep-plan.ts';
import { sampleNetworks } from './sample-networks.ts';

/** Replaces the registry of networks with the sample networks. Only mobilenet_v1 has the option `width`. */
export const sampleCatalogue: Catalogue = {
  network: ({ name, ...options }) => {
    const sample = sampleNetworks.find(({ network }) => network === name);
    if (!sample) {
      const names = sampleNetworks.map(({ network }) => network);
      throw configError(`no network is called "${name}"; ${suggestion(name, names)}`);
    }
    if (options.width !== undefined && name !== 'mobilenet_v1') throw configError(`${name} has no option "width"`);
    return { name, published: sample.published };
  },
};

/** The progress of a run during training. */
export const sampleProgress: Progress = {
  version: 1,
  id: 'x',
  network: 'vgg11',
  state: 'training',
  epoch: 1.5,
  epochs: 3,
  step: 15,
  steps: 30,
  examples: 1500,
  macs: 1e9,
  flops: 2.5e9,
  loss: 1,
  top1: 0.25,
  top5: 0.5,
  level: { metric: 'top1', value: 0.4 },
  examplesPerSecond: 1234,
  etaSeconds: 61,
  pid: 1,
  host: 'far',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-sweep-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The parts of a config that sample runs need; the fake run takes ten steps per epoch. */
export const sweepHeader = `question: How much compute does it take?
data: { source: synthetic, input: 32 }
recipe: { batch: 32, epochs: 2, learningRate: 0.1 }
backoffSeconds: 0
`;

export function planOf(folder: string, yaml: string, name = 'test'): SweepPlan {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, yaml);
  return readSweep(file, sampleCatalogue);
}

/** A file that never exists. Only a signal ends a fake run that waits for it. */
export const NEVER = 'never';

const fakeRun = resolve(import.meta.dirname, 'fake-run.ts');

/** A sweep of fake runs in `folder`, as the command line sets one up. */
export function fakeSweep(folder: string, plan: SweepPlan, script: object = {}) {
  const stop = new AbortController();
  const kill = new AbortController();
  savePlan(folder, plan);
  // Written atomically, because a run may read it at the same time.
  writeFileAtomic(join(folder, 'fake.json'), JSON.stringify(script));
  const context: SweepContext = {
    dir: folder,
    plan,
    store: join(folder, 'results'),
    train: (runFile, dir) => ({
      file: process.execPath,
      args: ['--import', 'tsx', fakeRun, runFile, '--dir', dir],
    }),
    stop: stop.signal,
    kill: kill.signal,
  };
  return { context, stop, kill };
}

/** Cancels a sweep of fake runs as `doubletime cancel` cancels a real sweep. */
export const cancelFake = (folder: string): Promise<Cancelled> =>
  cancelSweep(folder, {
    ...executors,
    local: {
      ...executors['local']!,
      cancel: (dir, stoppedRuns) =>
        Promise.resolve(cancelProcesses(dir, stoppedRuns, ['fake-sweep.ts', 'fake-run.ts', 'run-of-sweep.ts'])),
    },
  });

/** The events of the fake runs: `start@0 alexnet-s0-... 4711 box`, in chronological order. */
export function readFakeEvents(
  folder: string,
): { event: string; step: number; id: string; pid: number; host: string }[] {
  const file = join(folder, 'fake-events.txt');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [what, id, pid, host = ''] = line.split(' ') as [string, string, string, string?];
    const [event, step] = what.split('@') as [string, string];
    return { event, step: Number(step), id, pid: Number(pid), host };
  });
}
