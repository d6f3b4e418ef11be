import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { identifyProcess } from '../../../src/base/system/process-identity.ts';
import { withTemporaryFolder } from '../../../src/base/files/temporary-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'doubletime-temporary-'));
  vi.stubEnv('TMPDIR', parent);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true });
});

const createFolder = (name: string, owner?: object): string => {
  const folder = join(parent, name);
  mkdirSync(folder);
  if (owner) writeFileSync(join(folder, 'owner'), JSON.stringify({ ...identifyProcess(), ...owner }));
  return folder;
};
const makeOld = (folder: string): void => {
  const longAgo = Date.now() / 1000 - 61;
  utimesSync(folder, longAgo, longAgo);
};

it('is private to this user, has a random name, and is removed afterwards', () => {
  const names = [1, 2].map(() =>
    withTemporaryFolder('graph-', (folder) => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      return folder;
    }),
  );
  expect(new Set(names).size).toBe(2);
  expect(readdirSync(parent)).toEqual([]);
});

it('is removed even if the work in it fails', () => {
  expect(() =>
    withTemporaryFolder('graph-', () => {
      throw new Error('failed');
    }),
  ).toThrow('failed');
  expect(readdirSync(parent)).toEqual([]);
});

it('the next start removes the folders of killed processes, and nothing else', () => {
  createFolder('graph-dead', { pid: 2 ** 22 + 1 });
  makeOld(createFolder('graph-old-without-owner'));
  createFolder('graph-alive', {});
  createFolder('graph-new-without-owner');
  makeOld(createFolder('other'));
  symlinkSync(createFolder('kept'), join(parent, 'graph-link'));
  withTemporaryFolder('graph-', () => undefined);
  expect(readdirSync(parent).sort()).toEqual(['graph-alive', 'graph-link', 'graph-new-without-owner', 'kept', 'other']);
});

it('a missing TMPDIR is named, with how to fix it', () => {
  vi.stubEnv('TMPDIR', join(parent, 'missing'));
  expect(() => withTemporaryFolder('graph-', existsSync)).toThrow(
    expect.objectContaining({
      exitCode: 74,
      message: expect.stringMatching(
        /^cannot write .*missing\/graph-\* \(set TMPDIR to use another folder\): /,
      ) as string,
    }),
  );
});
