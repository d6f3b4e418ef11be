import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stress, stressSettings } from '../../scripts/stress/stress-kill.ts';
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** Real processes with TensorFlow get SIGKILL at random moments and during file operations. scripts/stress/stress-kill.ts does it 50 times. */
it('a run that is killed 8 times has the measurement and weights of an uninterrupted run', async () => {
  const run = join(import.meta.dirname, '../../configs/runs/synthetic.yaml');
  const result = await stress({
    kills: 8,
    seed: 3,
    train: [run, ...stressSettings(4)],
    folder: folder.path,
  });
  expect(result.differences).toEqual([]);
  expect(result.kills).toBe(8);
  expect(result.rounds).toBeGreaterThanOrEqual(1);
});

it('a run in bfloat16 that is killed twice has the measurement and weights of an uninterrupted run', async () => {
  const run = join(import.meta.dirname, '../../configs/runs/synthetic.yaml');
  const result = await stress({
    kills: 2,
    seed: 5,
    train: [run, ...stressSettings(2), '--set', 'recipe.precision=bfloat16'],
    folder: join(folder.path, 'bfloat16'),
  });
  expect(result.differences).toEqual([]);
  expect(result.kills).toBe(2);
});
