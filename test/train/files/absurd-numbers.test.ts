import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSchema } from '../../../src/config/run.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/train/files/checkpoint.ts';
import { train } from '../../../src/train/run.ts';
import {
  crashBeforeStep,
  failureOf,
  reproduciblePart,
  temporaryFolder,
  testConfig,
  testJob,
} from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

const none = { steps: 0, seconds: 0 };

describe('a step mark that no run can have written is ignored', () => {
  it.each([
    { step: 1e308, seconds: 1, wasted: none },
    { step: 17, seconds: 1e308, wasted: none },
    { step: 17, seconds: 1, wasted: { steps: 1e308, seconds: 1e308 } },
    { step: 17.5, seconds: 1, wasted: none },
    { step: 1000, seconds: 1, wasted: none },
    { step: -1, seconds: 1, wasted: none },
    { step: '17', seconds: 1, wasted: none },
    { step: 17, seconds: 1, wasted: none, ['__proto__']: none, more: 1 },
  ])('%j', async (mark) => {
    const whole = reproduciblePart(await train(testJob(folder.at('whole'))));
    await crashBeforeStep(folder.at('run'), 17);
    writeFileSync(folder.at('run/mark.json'), JSON.stringify(mark));
    const measurement = await train(testJob(folder.at('run')));
    expect(reproduciblePart(measurement)).toEqual(whole);
    expect(measurement.totals.wasted).toMatchObject(none);
  });
});

describe('a checkpoint with impossible numbers and a valid checksum', () => {
  it.each([
    ['steps', 1e308],
    ['evaluatedExamples', 1e300],
    ['peakMemoryBytes', 1e16],
    ['energyJoules', 1e308],
  ])('is skipped for an older one: %s of %d', async (key, value) => {
    const whole = reproduciblePart(await train(testJob(folder.at('whole'))));
    await crashBeforeStep(folder.at('run'), 25);
    const file = folder.at('run/checkpoints/step-000000020.safetensors');
    const checkpoint = readCheckpoint(file);
    const ledger = { ...checkpoint.state.ledger, [key]: value };
    writeCheckpoint(file, { ...checkpoint, state: { ...checkpoint.state, ledger } });
    const job = testJob(folder.at('run'));
    expect(reproduciblePart(await train(job))).toEqual(whole);
    expect(job.reporter.notes.join('\n')).toMatch(
      /step-000000020\.safetensors is damaged: .*; using an older checkpoint/,
    );
  });
});

describe('a price or a peak performance that makes a total infinite', () => {
  it.each([
    ['execution.peakFlopPerSecond', 1e-320],
    ['execution.peakFlopPerSecond', 1e308],
    ['execution.pricePerHour', 1e308],
  ])('is refused in a config: %s of %d', (key, value) => {
    expect(() => testConfig({ [key]: value })).toThrow();
  });

  it('in the config of a run folder exits with 65', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const config = testConfig();
    const execution = { ...config.execution, peakFlopPerSecond: 1e-320 };
    writeFileSync(folder.at('run/config.json'), JSON.stringify({ ...config, execution }));
    const { exitCode, message } = await failureOf(testJob(folder.at('run')));
    expect(exitCode).toBe(65);
    expect(message).toMatch(/config\.json is not a run config: .*peakFlopPerSecond/);
    expect(readdirSync(join(folder.at('run'), 'checkpoints')).length).toBeGreaterThan(0);
  });

  it('every bound itself is accepted', () => {
    const { execution } = testConfig({ 'execution.peakFlopPerSecond': 989e12, 'execution.pricePerHour': 98.32 });
    expect(runSchema.shape.execution.safeParse(execution).success).toBe(true);
  });
});
