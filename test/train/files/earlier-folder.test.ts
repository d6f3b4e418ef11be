import { cpSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { train } from '../../../src/train/run.ts';
import { finalTensors, reproduciblePart, temporaryFolder, testJob } from '../../support/training.ts';

/**
 * A run folder of doubletime 0.1.0 at commit 4090cee, whose process was killed after step 17 of 24; its last checkpoint is
 * of step 15.
 */
const earlier = fileURLToPath(new URL('../../fixtures/run-folder', import.meta.url));
const config = { 'data.trainExamples': 30, 'data.validationExamples': 10, 'recipe.epochs': 8 };

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

it('a folder of an earlier version is resumed bit-identically', async () => {
  cpSync(earlier, folder.at('run'), { recursive: true });
  const longAgo = Date.now() / 1000 - 3600;
  utimesSync(folder.at('run/lock'), longAgo, longAgo);
  const whole = await train(testJob(folder.at('whole'), config));
  const job = testJob(folder.at('run'), config);
  const measurement = await train(job);
  expect(reproduciblePart(measurement)).toEqual(reproduciblePart(whole));
  expect(finalTensors(folder.at('run'))).toEqual(finalTensors(folder.at('whole')));
  expect(measurement.totals.wasted.steps).toBe(2);
  expect(job.reporter.notes.join('\n')).toContain('on gpu-box, which ran here since 2026-01-01');
});
