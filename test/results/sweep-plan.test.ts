import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { planText, readPlan } from '../../src/results/sweep-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-plan-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A plan as the first versions wrote it: no early stopping, the options of an executor under its own key. */
const early = {
  version: 1,
  name: 'night',
  question: 'How much?',
  runs: [
    {
      ...{ id: 'vgg11-s0-1a2b3c4d', name: 'vgg11', network: 'vgg11', published: '2014-09-04' },
      ...{ seed: 0, anchor: null, level: null, config: { network: { name: 'vgg11' }, seed: 0 } },
    },
  ],
  retries: 2,
  backoffSeconds: 30,
  slurm: { partition: 'gpu', warnSeconds: 120, extraLines: [], setup: [] },
};

it('a plan of an earlier version is read, and is written with the same keys', () => {
  const file = join(folder, 'night.json');
  writeFileSync(file, JSON.stringify(early));
  const plan = readPlan(file);
  const { slurm, ...rest } = early;
  expect(plan).toEqual({ ...rest, earlyStop: null, options: { slurm } });
  const written = JSON.parse(planText(plan)) as Record<string, unknown>;
  expect(written).toEqual({ ...early, earlyStop: null });
  expect(Object.keys(written)).toEqual([
    ...['version', 'name', 'question', 'runs', 'earlyStop', 'retries', 'backoffSeconds', 'slurm'],
  ]);
});
