import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../../src/data/check.ts';
import { buildPack } from '../../../src/data/pack/build.ts';
import { PREAMBLE_BYTES } from '../../../src/data/pack/format.ts';
import { openPack, readPackIndex } from '../../../src/data/pack/pack.ts';
import { openSource } from '../../../src/data/sources/source.ts';
import { packInto, small } from '../packs.ts';
import { temporaryFolder } from '../images.ts';

const errorWith = (exitCode: number, message: RegExp): unknown =>
  expect.objectContaining({ exitCode, message: expect.stringMatching(message) as string });

async function smallPack(): Promise<string> {
  const file = join(temporaryFolder(), 'x.pack');
  await packInto(file, await small());
  return file;
}

const packOptions = {
  store: 'raw',
  resize: 'none',
  size: null,
  onBadPicture: 'stop',
  workers: 1,
  progress: () => undefined,
} as const;

describe('a pack as the source of a command', () => {
  it('keeps the names of its images when it is packed again', async () => {
    const file = await smallPack();
    const again = join(temporaryFolder(), 'again.pack');
    await buildPack(openSource(file), { ...packOptions, file: again });
    const [before, after] = [readPackIndex(file), readPackIndex(again)];
    expect(after.names).toEqual(before.names);
    expect(after.digests).toEqual(before.digests);
  });

  it('reports every damaged record, not only the first', async () => {
    const file = await smallPack();
    const bytes = readFileSync(file);
    const record = 3 * 12 ** 2;
    for (const i of [3, 7]) bytes[PREAMBLE_BYTES + i * record + 5]! ^= 1;
    writeFileSync(file, bytes);
    const report = await checkDataset(openSource(file), packOptions);
    expect(report.bad.map(({ path }) => path.replace(file, 'FILE'))).toEqual([
      'record 3 (train/ape/003.jpg) of FILE',
      'record 7 (train/ape/007.jpg) of FILE',
    ]);
  });

  it('has no original files if it has raw pixels', async () => {
    const raw = openSource(await smallPack());
    const file = join(temporaryFolder(), 'again.pack');
    await expect(buildPack(raw, { ...packOptions, store: 'jpeg', file })).rejects.toEqual(
      errorWith(64, /has raw pixels, but --store jpeg needs image files/),
    );
  });

  it('refuses to hold out images, because it has validation images', async () => {
    const file = await smallPack();
    expect(() => openSource(file, { fraction: 0.1, seed: 0 })).toThrow(
      errorWith(78, /x\.pack has validation images: remove validationFraction, which is for folders without/),
    );
  });
});

describe('openPack', () => {
  it('suggests source: folder if its path is a folder', async () => {
    const folder = await small();
    expect(() => openPack(folder)).toThrow(
      errorWith(65, /^the pack \S+ is not a regular file; .*folder of images use `source: folder`/),
    );
  });

  it('refuses a FIFO at once', () => {
    const file = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [file]);
    expect(() => openPack(file)).toThrow(errorWith(65, /^the pack \S+fifo is not a regular file/));
  });
});

describe('a pack that cannot be renamed', () => {
  it('is reported by one error', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    const progress = (done: number, total: number): void => {
      if (done === total) mkdirSync(file);
    };
    await expect(packInto(file, await small(), { progress })).rejects.toEqual(
      errorWith(65, /^cannot write \S+x\.pack: a folder is where a file is expected/),
    );
  });
});

it('a missing path is told from a link to itself', () => {
  const folder = temporaryFolder();
  symlinkSync('self', join(folder, 'self'));
  expect(() => openSource(join(folder, 'gone'))).toThrow(
    expect.objectContaining({ exitCode: 66, message: expect.stringContaining('does not exist') as string }),
  );
  expect(() => openSource(join(folder, 'self'))).toThrow(expect.objectContaining({ code: 'ELOOP' }));
});
