import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSafetensors } from '../../../src/base/files/safetensors.ts';
import { entry } from '../../support/processes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-weights-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const doubletime = (...args: string[]) =>
  spawnSync(process.execPath, [entry, ...args], { cwd: folder, encoding: 'utf8' });

/** A network whose last tensor is not that of the classifier. */
const network = `
import { defineNetwork, globalAveragePool, linear } from 'doubletime';
export default defineNetwork({
  name: 'gated', published: '2026-01-01', options: { classes: 10 }, input: 8,
  forward: ({ classes }) => (net, images) => {
    const x = globalAveragePool(images);
    const logits = linear(net.at('fc'), x, { units: classes });
    linear(net.at('gate'), x, { units: 1 });
    return logits;
  },
});`;

const run = `network: ./gated.ts
data: { source: synthetic, input: 8, classes: 4, trainExamples: 32, validationExamples: 16 }
recipe: { batch: 16, epochs: 1, learningRate: 0.01 }
stopAt: end
`;

it('exports the weights of a run whose last tensor is not the classifier', () => {
  writeFileSync(join(folder, 'gated.ts'), network);
  writeFileSync(join(folder, 'run.yaml'), run);
  const trained = doubletime('train', 'run.yaml', '--dir', 'run');
  expect([trained.status, trained.stderr]).toEqual([0, '']);
  const { status, stdout, stderr } = doubletime('weights', 'export', '--run', 'run', '--out', 'w.safetensors');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe('w.safetensors: gated, 4 tensors, 20 parameters\n');
  const shapes = [...readSafetensors(join(folder, 'w.safetensors')).tensors].map(([name, { shape }]) => [name, shape]);
  expect(Object.fromEntries(shapes)).toMatchObject({ 'fc.weight': [4, 3], 'gate.weight': [1, 3] });
});

it.each([
  [['--run', 'run', '--seed', '3'], '--seed is for --network, because a run has its own: remove it'],
  [['--run', 'run', '--stem', 'small'], '--stem is for --network, because a run has its own: remove it'],
  [['--network', 'alexnet', '--averaged'], '--averaged needs --run: initial weights have no average, so remove it'],
  [['--network', 'alexnet', '--seed', '-1'], '--seed is -1, expected a whole number from 0 to 2147483647'],
  [['--network', 'alexnet', '--seed', '1.5'], '--seed is 1.5, expected a whole number from 0 to 2147483647'],
])('refuses an option of export that it would ignore or misread: %s', (args, message) => {
  const { status, stderr } = doubletime('weights', 'export', ...args, '--out', 'x.safetensors');
  expect([status, stderr]).toEqual([64, `doubletime: ${message}\n`]);
});
