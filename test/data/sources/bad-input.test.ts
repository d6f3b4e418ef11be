import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../../src/data/check.ts';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { PREAMBLE_BYTES } from '../../../src/data/pack/format.ts';
import { openPack, readPackIndex } from '../../../src/data/pack/pack.ts';
import { doubletime } from '../../support/cli.ts';
import { fill, mount } from '../../support/mounts.ts';
import { withoutSuperuserRights } from '../../support/unprivileged.ts';
import { packInto, small } from '../packs.ts';
import { imageBytes, temporaryFolder, writeFileIn } from '../images.ts';

/** The reason of every bad image, without the folder. */
async function reasonsOfBadImages(folder: string): Promise<string[]> {
  const report = await checkDataset(openFolder(folder), { workers: 1, progress: () => undefined });
  return report.bad.map(({ reason }) => reason.replace(`${folder}/`, ''));
}

const withCode = (message: RegExp, exitCode = 65): unknown =>
  expect.objectContaining({ exitCode, message: expect.stringMatching(message) as string });

describe('a folder with', () => {
  it.each<[string, string]>([
    ['to the class folder itself', '.'],
    ['to train', '..'],
    ['to the dataset', '../..'],
  ])('a link %s is refused', async (_title, target) => {
    const folder = await small();
    symlinkSync(target, join(folder, 'train/ape/loop'));
    expect(() => openFolder(folder)).toThrow(withCode(/train\/ape\/loop is a link to a folder that contains it/));
  });

  it.each<[link: string, target: string, other: string]>([
    ['val', 'train', 'train/ape'],
    ['val/ape', '../train/ape', 'train/ape'],
    ['train/bee', 'ape', 'train/ape'],
    ['val/ape/more', '../../train/bee', 'train/bee'],
  ])('a link %s to %s is refused, because its images would count twice', async (link, target, other) => {
    const folder = await small();
    rmSync(join(folder, link), { recursive: true, force: true });
    symlinkSync(target, join(folder, link));
    const [first, second] = [link === 'val' ? 'val/ape' : link, other].map((path) => join(folder, path));
    expect(() => openFolder(folder)).toThrow(withCode(new RegExp(`^${first} and ${second} are the same folder`)));
  });

  it('a link to another folder of images is read', async () => {
    const folder = await small();
    const other = temporaryFolder();
    writeFileIn(other, 'a b\n1 ü.jpg', await imageBytes(20, 20, 99));
    symlinkSync(other, join(folder, 'train/bee/more'));
    const data = openFolder(folder);
    expect(data.train.indices.length).toBe(44);
    expect(await reasonsOfBadImages(folder)).toEqual([]);
    // A name with a newline also goes into a pack and out of it.
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, folder);
    expect(readPackIndex(file).names.slice(43, 45)).toEqual(['train/bee/more/a b\n1 ü.jpg', 'val/ape/000.jpg']);
  });

  it('a FIFO, a dangling link and a link to itself is read without waiting, and the errors name them', async () => {
    const folder = await small();
    execFileSync('mkfifo', [join(folder, 'train/ape/fifo.jpg')]);
    symlinkSync('nowhere', join(folder, 'train/ape/gone.jpg'));
    symlinkSync('self.jpg', join(folder, 'train/ape/self.jpg'));
    expect(await reasonsOfBadImages(folder)).toEqual([
      'train/ape/fifo.jpg is not a regular file; replace or remove it',
      'train/ape/gone.jpg does not exist, or is a link to a missing file: restore or remove it',
      expect.stringMatching(/^train\/ape\/self.jpg cannot be read: ELOOP/),
    ]);
  });

  it('names that are not UTF-8 is refused', async () => {
    const folder = await small();
    const latin = (path: string): Buffer => Buffer.from(join(folder, path), 'latin1');
    renameSync(join(folder, 'train/ape/001.jpg'), latin('train/ape/caf\xe9.jpg'));
    expect(await reasonsOfBadImages(folder)).toEqual([
      'train/ape/caf\ufffd.jpg cannot be read: its name is not UTF-8: rename it',
    ]);
    renameSync(join(folder, 'train/bee'), latin('train/b\xeate'));
    expect(() => openFolder(folder)).toThrow(
      withCode(/^cannot read the folder \S+train\/b\ufffdte: its name is not UTF-8: rename it$/),
    );
  });

  it('a file without read permission is reported in one line, with exit code 65', async () => {
    const folder = await small();
    chmodSync(join(folder, 'train/bee/001.jpg'), 0);
    const entry = join(import.meta.dirname, '../../../src/cli/doubletime.mjs');
    const check = [entry, 'data', 'check', folder, '--workers', '1'];
    const [program, args] = withoutSuperuserRights(process.execPath, check);
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    expect(stdout).toContain(`1 bad images\n  ${folder}/train/bee/001.jpg cannot be read: permission denied\n`);
    expect(status).toBe(65);
  });
});

describe('a pack with a flipped byte', () => {
  it('is refused, wherever the byte is', async () => {
    const file = join(temporaryFolder(), 'x.pack');
    await packInto(file, await small(), { size: 4 });
    const good = readFileSync(file);
    expect(openPack(file).train.indices.length).toBe(43);
    const head = Array.from({ length: PREAMBLE_BYTES }, (_, at) => at);
    const rest = Array.from({ length: Math.floor((good.length - 64) / 23) }, (_, i) => 64 + 23 * i);
    for (const at of [...head, ...rest]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      writeFileSync(file, bad);
      expect(() => openPack(file), `byte ${at}`).toThrow(withCode(/^\S+x\.pack is /));
    }
  });
});

describe('a disk that is full', () => {
  it('during packing leaves no pack, and packing resumes when there is space', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    const reason = mount(disk, '-t', 'tmpfs', '-o', 'size=300k', 'tmpfs');
    if (reason !== undefined) context.skip(reason);
    const file = join(disk, 'x.pack');
    const folder = await small();
    const args = ['data', 'pack', folder, '--out', file, '--resize', 'box', '--size', '64'];
    const full = doubletime(args);
    expect(full.status).toBe(74);
    expect(full.stderr.trim().split('\n').at(-1)).toBe(
      `doubletime: cannot write ${file}: the disk is full: free some space and run the same command again`,
    );
    expect(() => openPack(file)).toThrow(/the pack \S+ does not exist/);
    execFileSync('mount', ['-o', 'remount,size=4m', disk]);
    expect((await packInto(file, folder, { size: 64 })).train).toBe(43);
    expect(openPack(file).train.indices.length).toBe(43);
  });

  it('from the beginning gives the same error', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    const reason = mount(disk, '-t', 'tmpfs', '-o', 'size=8k', 'tmpfs');
    if (reason !== undefined) context.skip(reason);
    mkdirSync(disk, { recursive: true });
    fill(disk, join(disk, 'filler'));
    await expect(packInto(join(disk, 'x.pack'), await small())).rejects.toEqual(
      withCode(/^cannot write \S+x\.pack: the disk is full/, 74),
    );
  });
});

describe('a disk that is read-only', () => {
  it('gives an error, also if the folder of the pack must be created', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    const reason = mount(disk, '-t', 'tmpfs', '-o', 'ro', 'tmpfs');
    if (reason !== undefined) context.skip(reason);
    await expect(packInto(join(disk, 'new/x.pack'), await small())).rejects.toEqual(
      withCode(/^cannot write \S+x\.pack: the folder cannot be written/, 73),
    );
  });
});

describe('an invalid command line', () => {
  it.each([
    [['--workers', '0'], '--workers is 0, expected a whole number from 1 to 256'],
    [['--workers', '1e9'], '--workers is 1000000000, expected a whole number from 1 to 256'],
    [['--out', 'packs/'], '--out is "packs/", expected the name of a file, not of a folder'],
  ])('is refused before anything is read: %s', (options, message) => {
    const out = options[0] === '--out' ? [] : ['--out', 'x.pack'];
    const { status, stderr } = doubletime(['data', 'pack', 'nowhere', ...out, ...options]);
    expect({ status, stderr }).toEqual({ status: 64, stderr: `doubletime: ${message}\n` });
  });
});
