import { copyFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { train } from '../../src/train/run.ts';
import { crashBeforeStep, temporaryFolder, testEnvironment, testJob } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

describe('a folder with files of another run', () => {
  const refusal = (message: RegExp) =>
    expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }) as Error;

  it('is refused if the measurement is of another run', async () => {
    await train(testJob(folder.at('other'), { seed: 7 }));
    await train(testJob(folder.at('run')));
    copyFileSync(folder.at('other/measurement.json'), folder.at('run/measurement.json'));
    const message = /measurement\.json is the measurement of another run: its seed is 7, expected 0; move it away/;
    await expect(train(testJob(folder.at('run')))).rejects.toThrow(refusal(message));
    rmSync(folder.at('run/config.json'));
    await expect(train(testJob(folder.at('run')))).rejects.toThrow(refusal(message));
  });

  it('is refused if the config of its checkpoints is missing', async () => {
    await train(testJob(folder.at('run')));
    for (const name of ['measurement.json', 'config.json']) rmSync(folder.at(`run/${name}`));
    await expect(train(testJob(folder.at('run'), { 'recipe.epochs': 9 }))).rejects.toThrow(
      refusal(/config\.json is missing, so the config of the checkpoints is unknown: restore it, or start a new run/),
    );
  });
});

describe('a run that is resumed in another environment', () => {
  it('has both in its measurement, and a warning', async () => {
    await crashBeforeStep(folder.at('run'), 30);
    const second = testJob(folder.at('run'));
    const { environment } = await train({ ...second, describeEnvironment: () => ({ ...testEnvironment, threads: 9 }) });
    expect(environment.threads).toBe(9);
    expect(environment.earlier).toEqual([{ untilStep: expect.any(Number) as number, ...testEnvironment }]);
    expect(second.reporter.notes.join()).toContain(`threads is 9, and was ${testEnvironment.threads}`);
  });
});
