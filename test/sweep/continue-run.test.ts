import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runPaths } from '../../src/results/run-folder.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import type { PlannedRun } from '../../src/results/sweep-plan.ts';
import { adoptCheckpoints, removeCheckpoints } from '../../src/sweep/continue-run.ts';
import { planOf, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

/** The folders of two runs; the second continues the first. */
function createFolders() {
  const dir = temporaryFolder();
  const [planned] = planOf(dir, `${sweepHeader}runs: [{ network: alexnet }]\n`).runs;
  const run: PlannedRun = { ...planned!, id: 'second', continues: 'first' };
  const [first, second] = ['first', 'second'].map((id) => sweepPaths(dir).run(id)) as [string, string];
  for (const folder of [first, second]) mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(first, file)), { recursive: true });
    writeFileSync(join(first, file), text);
  };
  write('checkpoints/step-000000010.safetensors', 'weights');
  write('checkpoints/step-000000020.safetensors.abc.tmp', 'half');
  write('tensorboard/events.1', 'scalars');
  write('mark.json', '{}');
  write('curve.jsonl', '{}\n');
  write('measurement.json', '{}');
  write('config.json', '{}');
  write('lock', 'mine');
  return { dir, run, first, second };
}

it('gives a run the checkpoints, the curve and the log of the run that it continues, but not its result', () => {
  const { dir, run, first, second } = createFolders();
  adoptCheckpoints(dir, run);
  expect(readdirSync(second).sort()).toEqual(['checkpoints', 'continues', 'curve.jsonl', 'mark.json', 'tensorboard']);
  const checkpoint = 'checkpoints/step-000000010.safetensors';
  expect(readFileSync(join(second, checkpoint), 'utf8')).toBe('weights');
  // A hard link: no space is used twice.
  expect(statSync(join(second, checkpoint)).ino).toBe(statSync(join(first, checkpoint)).ino);
  expect(readdirSync(join(second, 'checkpoints'))).toHaveLength(1);
});

it('copies again what a kill interrupted, and nothing once the run has started', () => {
  const { dir, run, second } = createFolders();
  mkdirSync(join(second, 'checkpoints'));
  writeFileSync(join(second, 'checkpoints/step-000000010.safetensors'), 'cut');
  adoptCheckpoints(dir, run);
  const file = join(second, 'checkpoints/step-000000010.safetensors');
  expect(readFileSync(file, 'utf8')).toBe('weights');
  rmSync(file);
  adoptCheckpoints(dir, run);
  expect(existsSync(file)).toBe(false);
});

it('lets a run start from the beginning if the checkpoints were removed', () => {
  const { dir, run, first, second } = createFolders();
  removeCheckpoints(dir, 'first');
  expect(existsSync(join(first, 'checkpoints'))).toBe(false);
  adoptCheckpoints(dir, run);
  expect(readdirSync(join(second, 'checkpoints'))).toEqual([]);
});

it('changes nothing for a run that continues no other', () => {
  const { dir, run, second } = createFolders();
  adoptCheckpoints(dir, { ...run, continues: undefined });
  expect(readdirSync(second)).toEqual([]);
});

it('keeps the checkpoints of a run without a result', () => {
  const { dir, first } = createFolders();
  rmSync(runPaths(first).measurement);
  removeCheckpoints(dir, 'first');
  expect(existsSync(join(first, 'checkpoints'))).toBe(true);
});
