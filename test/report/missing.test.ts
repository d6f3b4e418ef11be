import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMissing } from '../../src/report/missing.ts';
import { readInput } from '../../src/report/read.ts';
import type { Progress } from '../../src/results/progress.ts';
import { makeMeasurement } from '../support/measurements.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-missing-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const write = (path: string, content: unknown): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
};

const progress = (id: string, more: Partial<Progress> = {}): Progress => ({
  version: 1,
  id,
  network: 'resnet18',
  state: 'training',
  epoch: 3.27,
  epochs: 10,
  step: 1,
  steps: 3,
  examples: 0,
  macs: 0,
  flops: 0,
  loss: null,
  top1: 0.25,
  top5: 0.5,
  level: { metric: 'top5', value: 0.791 },
  examplesPerSecond: null,
  etaSeconds: null,
  pid: 1,
  host: 'box',
  updatedAt: '2026-01-10T08:00:00.000Z',
  ...more,
});

const plan = (ids: readonly string[]) => ({
  version: 1,
  name: 'night',
  question: 'How much?',
  runs: ids.map((id) => ({
    ...{ id, name: 'vgg11', network: 'vgg11', published: '2014-09-04', seed: 0 },
    ...{ level: null, anchor: null, config: { network: { name: 'vgg11' } } },
  })),
  retries: 2,
  backoffSeconds: 30,
});

test('lists planned, running, failed and unreadable runs of a sweep, but not measured ones', () => {
  write('sweeps/night.json', plan(['later', 'running', 'done', 'elsewhere']));
  write('runs/running/progress.json', progress('running'));
  write('runs/failed/progress.json', progress('failed', { state: 'failed', message: 'no disk' }));
  write('runs/torn/progress.json', { version: 1 });
  write('runs/done/progress.json', progress('done', { state: 'finished' }));
  write('runs/done/measurement.json', {});
  const found = findMissing([folder], new Set(['elsewhere']));
  expect(
    found.map(({ id, network, state, epochs, accuracy, message }) => [id, network, state, epochs, accuracy, message]),
  ).toEqual([
    ['later', 'vgg11', 'not started', '', null, ''],
    ['running', 'resnet18', 'training', '3.2 of 10', 0.5, ''],
    ['failed', 'resnet18', 'failed', '3.2 of 10', 0.5, 'no disk'],
    ['torn', '', 'unknown', '', null, 'its progress.json cannot be read'],
  ]);
});

test('lists no run for files and folders without runs', () => {
  write('measurement.json', {});
  expect(findMissing([join(folder, 'measurement.json'), folder], new Set())).toEqual([]);
});

test('a run with a measurement in the store is not missing, even if its folder was removed', () => {
  write('sweeps/night.json', plan(['vgg11-s0-0', 'later']));
  write('results/night/vgg11-s0-0.json', makeMeasurement({ network: 'vgg11' }));
  const options = { published: false, level: [], metric: undefined, counts: undefined };
  const { missing } = readInput({ ...options, paths: [folder], period: undefined });
  expect(missing.map(({ id }) => id)).toEqual(['later']);
});
