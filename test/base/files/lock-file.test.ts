import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeLockLeftovers } from '../../../src/base/files/lock-file.ts';
import { readLockHolder, tryLock } from '../../../src/base/files/lock.ts';
import { identifyProcess } from '../../../src/base/system/process-identity.ts';
import { type Operation, withFailures } from '../../support/file-failures.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-lock-file-'));
  file = join(folder, 'lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, changes: object): void => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...identifyProcess(), ...changes }));
  const longAgo = Date.now() / 1000 - 120;
  utimesSync(path, longAgo, longAgo);
};
/** The identity of a process that has ended: its number is above the largest that Linux gives. */
const endedProcess = { pid: 2 ** 22 + 1 };

describe('a lock that no process has written counts as damaged and is taken over', () => {
  it.each([
    ['only a token', '{"token":"abcdefabcdef"}'],
    ['no text', ''],
    ['null', 'null'],
    ['text that is not JSON', 'locked by me'],
    ['a list', '[]'],
  ])('%s', (_, text) => {
    writeFileSync(file, text);
    expect(readLockHolder(file)).toBeUndefined();
    const { lock } = tryLock(file);
    expect(lock?.tookOverFrom?.pid).toBe(0);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it.each([
    ['process number 0', { pid: 0 }],
    ['a negative process number', { pid: -process.pid }],
    ['a huge process number', { pid: 2 ** 31 }],
    ['part of a process number', { pid: process.pid + 0.5 }],
    ['a process number in quotes', { pid: String(process.pid) }],
    ['a token that leaves the folder', { token: '../../elsewhere' }],
    ['a token that is too long', { token: 'a'.repeat(200) }],
    ['no host', { host: undefined }],
  ])('%s', (_, changes) => {
    write('lock', changes);
    expect(readLockHolder(file)).toBeUndefined();
    expect(tryLock(file).lock).toBeDefined();
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

describe('a lock that is not a regular file', () => {
  it.each([
    [
      'a dangling link',
      () => {
        symlinkSync('missing', file);
      },
      'a symbolic link',
    ],
    [
      'a FIFO',
      () => {
        execFileSync('mkfifo', [file]);
      },
      'a FIFO',
    ],
  ])('%s is refused at once', (_, make, kind) => {
    make();
    const refused = expect.objectContaining({
      exitCode: 65,
      message: `${file} is ${kind}, expected a regular file: name another file, or move it away`,
    }) as Error;
    expect(() => tryLock(file)).toThrow(refused);
    expect(() => readLockHolder(file)).toThrow(refused);
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

describe('a file system without hard links', () => {
  const withoutLinks = (error: string, work: () => void): Promise<void> =>
    withFailures(
      folder,
      ({ call }) => (call === 'link' ? error : undefined),
      () => Promise.resolve().then(work),
    );

  it.each(['EPERM', 'ENOTSUP', 'EXDEV', 'ENOSYS', 'EMLINK'])('with the error %s still has locks', (error) =>
    withoutLinks(error, () => {
      const first = tryLock(file);
      expect(tryLock(file).heldBy).toEqual(first.lock?.holder);
      first.lock?.requireHeld();
      first.lock?.release();
      expect(readdirSync(folder)).toEqual([]);
      write('lock', endedProcess);
      expect(tryLock(file).lock?.tookOverFrom?.pid).toBe(endedProcess.pid);
      expect(readdirSync(folder)).toEqual(['lock']);
    }),
  );

  it('waits until another process has written the lock that it created', () =>
    withoutLinks('EPERM', () => {
      const other = `setTimeout(() => require('fs').writeFileSync(process.argv[1], process.argv[2]), 300)`;
      writeFileSync(file, '');
      const text = JSON.stringify({ ...identifyProcess(), token: 'other' });
      execFileSync('sh', ['-c', '"$0" "$@" >/dev/null 2>&1 &', process.execPath, '-e', other, file, text]);
      expect(tryLock(file).heldBy?.token).toBe('other');
    }));
});

it('any other error of a link is reported, and no lock is taken', () =>
  withFailures(
    folder,
    ({ call }) => (call === 'link' ? 'EIO' : undefined),
    () => {
      expect(() => tryLock(file)).toThrow(expect.objectContaining({ exitCode: 74 }));
      return Promise.resolve();
    },
  ).then(() => {
    expect(readdirSync(folder)).toEqual([]);
  }));

it('removes files of killed processes beside a lock, and keeps those of running processes', () => {
  write('lock.0123456789ab', endedProcess);
  write('lock.0123456789ab.ba9876543210', endedProcess);
  write('lock.ba9876543210.new', endedProcess);
  write('lock.aaaaaaaaaaaa', {});
  write('lock.bbbbbbbbbbbb.new', {});
  write('lock.txt', endedProcess);
  write('locket.0123456789ab', endedProcess);
  removeLockLeftovers(file);
  expect(readdirSync(folder).sort()).toEqual([
    'lock.aaaaaaaaaaaa',
    'lock.bbbbbbbbbbbb.new',
    'lock.txt',
    'locket.0123456789ab',
  ]);
});

it('is checked with one system call, because it is checked before each write', async () => {
  const { lock } = tryLock(file);
  lock!.requireHeld();
  const calls: string[] = [];
  const record = ({ call }: Operation): undefined => {
    calls.push(call);
  };
  await withFailures(folder, record, () => {
    for (let check = 0; check < 3; check++) lock!.requireHeld();
    return Promise.resolve();
  });
  expect(calls).toEqual(['lstat', 'lstat', 'lstat']);
});
