import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SegmentCache, writeChunks } from '../../../scripts/bundle/chunks.ts';
import { temporaryFolder } from '../../support/training.ts';

const script = fileURLToPath(new URL('../../../scripts/bundle/unpack.sh', import.meta.url));
const MEBIBYTES = 0.25;

let folder: ReturnType<typeof temporaryFolder>;
let chunkSizes: number[];
const payload = randomBytes(900_000);

/** Replaces Node: unpack.sh asks for its version, and runs the end of the unpacking with it. */
const fakeNode = '#!/bin/sh\n[ ! -e "$(dirname "$0")/broken" ] || { echo "GLIBC_2.99 not found" >&2; exit 1; }\n';

async function makeBundle(name: string, files: Readonly<Record<string, string | Buffer>>, cache?: SegmentCache) {
  const tree = folder.at(`${name}-tree`);
  mkdirSync(`${tree}/bin`, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(`${tree}/${file}`, content, { mode: 0o755 });
  mkdirSync(folder.at(name));
  const tar = spawn('tar', ['-c', '--mtime=@0', '-C', tree, ...Object.keys(files)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks = await writeChunks(tar.stdout, folder.at(name), {
    mebibytes: MEBIBYTES,
    level: 0,
    ...(cache && { cache }),
  });
  cpSync(script, folder.at(`${name}/unpack.sh`));
  return chunks;
}

function unpack(bundle: string, target: string | undefined, path = process.env['PATH']) {
  const args = target === undefined ? [] : [folder.at(target)];
  const { status, stdout, stderr } = spawnSync('sh', [folder.at(`${bundle}/unpack.sh`), ...args], {
    encoding: 'utf8',
    env: { PATH: path },
  });
  return { status, stdout, stderr };
}

/** Expects a failure that is reported in one line and leaves nothing of the target. */
function expectFailure(result: ReturnType<typeof unpack>, target: string, status: number, message: RegExp): void {
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trim().split('\n')).toHaveLength(1);
  expect(result.status).toBe(status);
  expect(readdirSync(folder.path).filter((name) => name.startsWith(target))).toEqual([]);
}

beforeAll(async () => {
  folder = temporaryFolder();
  const chunks = await makeBundle('bundle', { 'bin/node': fakeNode, payload: payload });
  chunkSizes = chunks.map(({ bytes }) => bytes);
});
afterAll(() => {
  folder.remove();
});

describe('unpack.sh', () => {
  it('unpacks chunks of at most the given size to the same bytes', () => {
    expect(chunkSizes.length).toBeGreaterThan(3);
    expect(Math.max(...chunkSizes)).toBeLessThanOrEqual(MEBIBYTES * 2 ** 20);
    const { status, stdout, stderr } = unpack('bundle', 'new/target');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^unpacked to .*new\/target: try .*\/doubletime doctor\n$/);
    expect(readFileSync(folder.at('new/target/payload')).equals(payload)).toBe(true);
    expect(readdirSync(folder.at('new'))).toEqual(['target']);
  });

  it('unpacks into an empty folder, also with python3 in place of xz', () => {
    const bin = folder.at('bin');
    mkdirSync(bin);
    for (const name of [
      'sh',
      'dirname',
      'basename',
      'rmdir',
      'sha256sum',
      'mkdir',
      'cat',
      'rm',
      'tar',
      'mv',
      'tail',
      'python3',
    ]) {
      const where = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
      const python =
        name === 'python3'
          ? spawnSync(where, ['-c', 'import sys;print(sys.executable)'], { encoding: 'utf8' }).stdout.trim()
          : where;
      symlinkSync(python, `${bin}/${name}`);
    }
    mkdirSync(folder.at('empty'));
    expect(unpack('bundle', 'empty', bin)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(folder.at('empty/payload')).equals(payload)).toBe(true);
    rmSync(`${bin}/python3`);
    expectFailure(
      unpack('bundle', 'none', bin),
      'none',
      69,
      /neither xz nor a python3 with lzma was found: install xz-utils/,
    );
  });

  it('names every missing chunk, and leaves no files', () => {
    cpSync(folder.at('bundle'), folder.at('missing-bundle'), { recursive: true });
    for (const name of ['chunk-01.xz', 'chunk-03.xz']) rmSync(folder.at(`missing-bundle/${name}`));
    const message = /missing from .*: chunk-01\.xz, chunk-03\.xz; copy them there, then run the same command again/;
    expectFailure(unpack('missing-bundle', 'gone'), 'gone', 66, message);
  });

  it('names every damaged chunk, and leaves no files', () => {
    cpSync(folder.at('bundle'), folder.at('damaged-bundle'), { recursive: true });
    const file = folder.at('damaged-bundle/chunk-02.xz');
    const bytes = readFileSync(file);
    bytes[1000]! ^= 1;
    writeFileSync(file, bytes);
    writeFileSync(
      folder.at('damaged-bundle/chunk-04.xz'),
      readFileSync(folder.at('damaged-bundle/chunk-04.xz')).subarray(1),
    );
    expectFailure(
      unpack('damaged-bundle', 'bad'),
      'bad',
      65,
      /damaged in .*: chunk-02\.xz, chunk-04\.xz \(their sha256/,
    );
  });

  it('refuses a folder with files, and a call without a folder', () => {
    const result = unpack('bundle', 'bundle');
    expect(result.stderr).toMatch(/bundle already exists, expected a new or an empty folder/);
    expect([result.status, readdirSync(folder.at('bundle')).includes('SHA256SUMS')]).toEqual([73, true]);
    expectFailure(
      unpack('bundle', undefined),
      'undefined',
      64,
      /0 arguments were given, expected one: unpack\.sh FOLDER/,
    );
  });

  it('reports that Node does not start on this machine, and leaves no files', async () => {
    await makeBundle('foreign', { 'bin/node': fakeNode, 'bin/broken': '' });
    const message = /Node does not start on this machine: GLIBC_2\.99 not found; make the bundle on a machine with/;
    expectFailure(unpack('foreign', 'old'), 'old', 69, message);
  });
});

describe('writeChunks', () => {
  it('compresses only the segments that have changed since the last bundle', async () => {
    const cache = folder.at('cache');
    const first = await makeBundle('first', { payload: payload.subarray(0, 600_000) }, new SegmentCache(cache));
    const before = readdirSync(cache);
    const second = new SegmentCache(cache);
    const again = await makeBundle('second', { payload: payload.subarray(0, 600_000), zz: payload }, second);
    expect(again[0]).toEqual(first[0]);
    second.removeUnused();
    const after = readdirSync(cache);
    expect(after.filter((name) => before.includes(name)).length).toBeGreaterThan(1);
    expect(after.length).toBeGreaterThan(before.length);
  });
});
