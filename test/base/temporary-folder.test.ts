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
import { identifyProcess } from '../../src/base/process-identity.ts';
import { withTemporaryFolder } from '../../src/base/temporary-folder.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'doubletime-temporary-'));
  vi.stubEnv('TMPDIR', place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const leave = (name: string, owner?: object): string => {
  const folder = join(place, name);
  mkdirSync(folder);
  if (owner) writeFileSync(join(folder, 'owner'), JSON.stringify({ ...identifyProcess(), ...owner }));
  return folder;
};
const makeOld = (folder: string): void => {
  const longAgo = Date.now() / 1000 - 61;
  utimesSync(folder, longAgo, longAgo);
};

it('is private to this user, has a random name, and is gone afterwards', () => {
  const names = [1, 2].map(() =>
    withTemporaryFolder('graph-', (folder) => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      return folder;
    }),
  );
  expect(new Set(names).size).toBe(2);
  expect(readdirSync(place)).toEqual([]);
});

it('is removed even if the work in it fails', () => {
  expect(() =>
    withTemporaryFolder('graph-', () => {
      throw new Error('failed');
    }),
  ).toThrow('failed');
  expect(readdirSync(place)).toEqual([]);
});

it('what a killed process left is removed at the next start, and nothing else', () => {
  leave('graph-dead', { pid: 2 ** 22 + 1 });
  makeOld(leave('graph-old-without-owner'));
  leave('graph-alive', {});
  leave('graph-new-without-owner');
  makeOld(leave('other'));
  symlinkSync(leave('kept'), join(place, 'graph-link'));
  withTemporaryFolder('graph-', () => undefined);
  expect(readdirSync(place).sort()).toEqual(['graph-alive', 'graph-link', 'graph-new-without-owner', 'kept', 'other']);
});

it('a missing place is named, with how to fix it', () => {
  vi.stubEnv('TMPDIR', join(place, 'gone'));
  expect(() => withTemporaryFolder('graph-', existsSync)).toThrow(
    expect.objectContaining({
      exitCode: 74,
      message: expect.stringMatching(/^cannot write .*gone\/graph-\* \(set TMPDIR to use another folder\): /) as string,
    }),
  );
});
