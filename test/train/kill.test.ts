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

/** The real thing: TensorFlow, processes, SIGKILL, also within what they do to files. scripts/stress/stress-kill.ts does it 50 times. */
it('killed 8 times anywhere, a run measures and ends with the same weights as one left alone', async () => {
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
}, 1_800_000);
