import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { readCheckpoint } from '../../../src/train/files/checkpoint.ts';
import { Checkpoints } from '../../../src/train/files/checkpoints.ts';
import { train } from '../../../src/train/run.ts';
import { crashBeforeStep, failureOf, reproduciblePart, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

it('the best checkpoint may be kept twice, as after a kill, and leaves no temporary file', () => {
  const file = folder.at('step-000000001.safetensors');
  writeFileSync(file, 'weights');
  const checkpoints = new Checkpoints(folder.at('.'));
  checkpoints.keepAsBest(file);
  checkpoints.keepAsBest(file);
  expect(readdirSync(folder.at('.')).sort()).toEqual(['best.safetensors', 'step-000000001.safetensors']);
});

describe('damaged checkpoints', () => {
  const files = (): string[] =>
    readdirSync(folder.at('run/checkpoints'))
      .filter((name) => name.startsWith('step-'))
      .sort()
      .map((name) => folder.at(`run/checkpoints/${name}`));
  const damage: [string, (bytes: Buffer) => Buffer][] = [
    ['truncated', (bytes) => bytes.subarray(0, bytes.length - 100)],
    ['empty', () => Buffer.alloc(0)],
    ['with a flipped bit in the weights', (bytes) => flip(bytes, bytes.length - 7)],
    ['with a flipped bit in the header', (bytes) => flip(bytes, 300)],
    [
      'with another version',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('"version":"1"', '"version":"9"'), 'latin1'),
    ],
  ];
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 4;
    return copy;
  };

  it.each(damage)(
    '%s: the older checkpoint is used with a warning, and the measurement is the same',
    async (_, change) => {
      const whole = await train(testJob(folder.at('whole')));
      await crashBeforeStep(folder.at('run'), 37);
      const [older, newer] = files();
      writeFileSync(newer!, change(readFileSync(newer!)));
      const job = testJob(folder.at('run'));
      const measurement = await train(job);
      expect(job.reporter.notes[0]).toMatch(/^warning: .*using an older checkpoint$/);
      expect(job.reporter.notes[1]).toContain(older);
      expect(measurement.totals.wasted.steps).toBe(37 - 20);
      expect(reproduciblePart(measurement)).toEqual(reproduciblePart(whole));
    },
  );

  it('are reported if none is intact, and none is deleted', async () => {
    await crashBeforeStep(folder.at('run'), 37);
    const all = readdirSync(folder.at('run/checkpoints')).map((n) => folder.at(`run/checkpoints/${n}`));
    for (const file of all) writeFileSync(file, readFileSync(file).subarray(0, 100));
    const before = all.map((file) => readFileSync(file).length);
    const error = await failureOf(testJob(folder.at('run')));
    expect(error.exitCode).toBe(65);
    expect(error.message).toMatch(/none of 3 checkpoints .*none was deleted/);
    expect(all.map((file) => readFileSync(file).length)).toEqual(before);
  });

  it('are replaced by the best checkpoint, which is kept beside the last two', async () => {
    await crashBeforeStep(folder.at('run'), 47);
    expect(files().length).toBe(2);
    for (const file of files()) writeFileSync(file, 'bad');
    const measurement = await train(testJob(folder.at('run')));
    expect(measurement.totals.steps).toBe(48);
  });

  it('are detected for a flipped bit in any byte and a truncation at any length', async () => {
    await crashBeforeStep(folder.at('run'), 12);
    const [file] = files();
    const bytes = readFileSync(file!);
    const copy = folder.at('copy.safetensors');
    writeFileSync(copy, bytes);
    expect(() => readCheckpoint(copy)).not.toThrow();
    const undetected: string[] = [];
    const tryReading = (what: string): void => {
      try {
        readCheckpoint(copy);
        undetected.push(what);
      } catch (error) {
        if (!(error instanceof UserError && error.exitCode === 65)) undetected.push(`${what}: ${String(error)}`);
      }
    };
    const handle = openSync(copy, 'r+');
    for (let at = 0; at < bytes.length; at++) {
      // A different bit in each byte, so that all eight bits are tested in the header and in the tensors.
      writeSync(handle, Buffer.of(bytes[at]! ^ (1 << (at % 8))), 0, 1, at);
      tryReading(`byte ${at}`);
      writeSync(handle, bytes, at, 1, at);
    }
    for (let length = bytes.length - 1; length >= 0; length--) {
      ftruncateSync(handle, length);
      tryReading(`${length} bytes`);
    }
    closeSync(handle);
    expect(undetected).toEqual([]);
  });
});
