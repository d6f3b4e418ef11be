import { cpSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { train } from '../../../src/train/run.ts';
import { compareImages } from '../../../src/train/files/same-images.ts';
import { writeFileIn } from '../../data/images.ts';
import { crashBeforeStep, failureOf, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** 40 images of two classes for training and 10 for validation, all files of the same size. */
async function writeImages(path: string, shade: number): Promise<void> {
  const image = (value: number): Promise<Buffer> =>
    sharp(Buffer.alloc(3 * 16 * 16, value), { raw: { width: 16, height: 16, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
  for (const [split, count] of [
    ['train', 20],
    ['val', 5],
  ] as const) {
    for (let i = 0; i < count; i++) {
      writeFileIn(path, `${split}/ape/${i}.png`, await image(shade + i));
      writeFileIn(path, `${split}/bee/${i}.png`, await image(shade + 100 + i));
    }
  }
}

const set = () => ({ data: { source: 'folder', path: folder.at('images'), input: 16 } });
const job = () => testJob(folder.at('run'), set());

describe('a run that is resumed with image files', () => {
  beforeEach(async () => {
    await writeImages(folder.at('images'), 0);
    await crashBeforeStep(folder.at('run'), 13, set());
  });

  it('refuses different images with the same names and sizes', async () => {
    const old = folder.at('old');
    renameSync(folder.at('images'), old);
    await writeImages(folder.at('images'), 7);
    const error = await failureOf(job());
    expect(error.exitCode).toBe(65);
    expect(error.message).toMatch(
      /run was started with different images: files with the same names and sizes now have different contents; restore the original images/,
    );
    rmSync(folder.at('images'), { recursive: true });
    renameSync(old, folder.at('images'));
    expect((await train(job())).status).toBe('finished');
  });

  it('accepts copied files with other times, and touched files', async () => {
    renameSync(folder.at('images'), folder.at('old'));
    cpSync(folder.at('old'), folder.at('images'), { recursive: true });
    const train0 = join(folder.at('images'), 'train/ape');
    for (const name of readdirSync(train0)) utimesSync(join(train0, name), 1e9, 1e9);
    const resumed = job();
    expect((await train(resumed)).status).toBe('finished');
    expect(resumed.reporter.notes.filter((note) => note.startsWith('warning'))).toEqual([]);
  });
});

describe('compareImages', () => {
  const before = { times: 'a', contents: 'b' };

  it('warns if the times have changed and not every image was compared', () => {
    const now = { ...before, times: 'c', compared: 1000, images: 5000 };
    expect(compareImages('run', before, now)).toMatch(/1000 of 5000 images were compared, and all are unchanged/);
    expect(compareImages('run', before, { ...now, images: 1000 })).toBeUndefined();
    expect(compareImages('run', before, { ...now, times: 'a' })).toBeUndefined();
  });
});
