import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { train } from '../../src/train/run.ts';
import { dieAt, failureOf, lasting, temporaryFolder, testJob } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
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
      'of another version',
      (bytes) =>
        Buffer.from(bytes.toString('latin1').replace('"version":"1"', '"version":"9"'), 'latin1'),
    ],
  ];
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 4;
    return copy;
  };

  it.each(damage)(
    '%s: takes the older one with a warning, and measures the same',
    async (_, change) => {
      const whole = await train(testJob(folder.at('whole')));
      await dieAt(folder.at('run'), 37);
      const [older, newer] = files();
      writeFileSync(newer!, change(readFileSync(newer!)));
      const job = testJob(folder.at('run'));
      const measurement = await train(job);
      expect(job.reporter.notes[0]).toMatch(/^warning: .*taking an older one$/);
      expect(job.reporter.notes[1]).toContain(older);
      expect(measurement.totals.wasted.steps).toBe(37 - 20);
      expect(lasting(measurement)).toEqual(lasting(whole));
    },
  );

  it('none left: a clear error, and nothing is deleted', async () => {
    await dieAt(folder.at('run'), 37);
    const all = readdirSync(folder.at('run/checkpoints')).map((n) =>
      folder.at(`run/checkpoints/${n}`),
    );
    for (const file of all) writeFileSync(file, readFileSync(file).subarray(0, 100));
    const before = all.map((file) => readFileSync(file).length);
    const error = await failureOf(testJob(folder.at('run')));
    expect(error.exitCode).toBe(65);
    expect(error.message).toMatch(/none of the 3 checkpoints .* none was deleted/);
    expect(all.map((file) => readFileSync(file).length)).toEqual(before);
  });

  it('the best is kept beside the last two, and serves when they are gone bad', async () => {
    await dieAt(folder.at('run'), 47);
    expect(files().length).toBe(2);
    for (const file of files()) writeFileSync(file, 'bad');
    const measurement = await train(testJob(folder.at('run')));
    expect(measurement.totals.steps).toBe(48);
  });

  it('any single flipped byte is noticed', async () => {
    await dieAt(folder.at('run'), 12);
    const [file] = files();
    const bytes = readFileSync(file!);
    const copy = folder.at('copy.safetensors');
    copyFileSync(file!, copy);
    expect(() => readCheckpoint(copy)).not.toThrow();
    for (let at = 0; at < bytes.length; at += 3) {
      writeFileSync(copy, flip(bytes, at));
      expect(() => readCheckpoint(copy), `byte ${at}`).toThrow(UserError);
    }
  });
});
