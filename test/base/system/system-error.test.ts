import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeErrno } from '../../../src/base/system/errno.ts';
import { messageOf, systemCodeOf, UserError } from '../../../src/base/errors.ts';
import { readFailure, toUserError, withPath, toWriteError } from '../../../src/base/system/system-error.ts';
import { systemError } from '../../support/file-failures.ts';

describe('errors that Node has no name for', () => {
  it.each([
    ['EDQUOT', 122, 'disk quota exceeded'],
    ['ESTALE', 116, 'stale file handle'],
  ])('%s has its name and a text', (name, errno, text) => {
    const error = systemError(name, 'fsync');
    expect(error.message).toContain(`Unknown system error -${errno}`);
    expect(systemCodeOf(error)).toBe(name);
    expect(messageOf(error)).toBe(`${name}: ${text}, fsync`);
  });

  it.each([
    [-129, 'EKEYREJECTED'],
    [-121, 'EREMOTEIO'],
    [-117, 'EUCLEAN'],
    [-5, 'EIO'],
    [-9999, 'E9999'],
  ])('errno %d is %s', (errno, name) => {
    expect(describeErrno(errno)[0]).toBe(name);
  });
});

describe('the exit code and message for an error of the system', () => {
  it.each([
    ['ENOSPC', 74, 74],
    ['EDQUOT', 74, 74],
    ['EIO', 74, 74],
    ['ESTALE', 74, 74],
    ['EREMOTEIO', 74, 74],
    ['EACCES', 73, 77],
    ['EPERM', 73, 77],
    ['EROFS', 73, 73],
    ['EMFILE', 69, 69],
    ['ENFILE', 69, 69],
    ['ENOMEM', 69, 69],
    ['EBUSY', 69, 69],
    ['ENOENT', 74, 66],
    ['ENAMETOOLONG', 73, 66],
  ])('of %s: code %d when writing, %d when reading', (name, writing, reading) => {
    const error = systemError(name, 'open', '/data/file');
    for (const [reported, code] of [
      [toWriteError('/data/file', error), writing],
      [readFailure('/data/file', error), reading],
    ] as const) {
      expect(reported.exitCode).toBe(code);
      expect(reported.message).toMatch(/^cannot (write|read) \/data\/file: [^\n]+$/);
      expect(reported.cause).toBe(error);
    }
  });

  it.each(['fsync', 'write', 'rename', 'mkdir', 'close', 'unlink', 'link', 'ftruncate'])(
    'of %s without a path: those of writing',
    (call) => {
      const error = systemError('EACCES', call, '/data/file');
      expect(toUserError(error)).toMatchObject({
        exitCode: 73,
        message: expect.stringMatching(/^cannot write \/data\/file: /) as string,
      });
    },
  );

  it.each(['read', 'open', 'stat', 'scandir', 'fstat'])('of %s without a path: those of reading', (call) => {
    const error = systemError('EACCES', call, '/data/file');
    expect(toUserError(error)).toMatchObject({
      exitCode: 77,
      message: expect.stringMatching(/^cannot read \/data\/file: /) as string,
    });
  });

  it('any other error is returned unchanged', () => {
    expect(toUserError(new TypeError('an internal error'))).toBeUndefined();
    const known = new UserError('known', 65);
    expect([toUserError(known), toWriteError('x', known)]).toEqual([known, known]);
  });

  it('an error of an open file gets its path', () => {
    expect(() =>
      withPath('/data/file', () => {
        throw systemError('EIO', 'read');
      }),
    ).toThrow(expect.objectContaining({ path: '/data/file' }));
  });
});

it('a folder in the place of a file is reported in one line', () => {
  // A real error of the system, not one that was made for the test.
  const thrown = ((): unknown => {
    try {
      writeFileSync('/proc/self/task', '');
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  expect(toUserError(thrown)?.message).toMatch(/^cannot (write|read) \/proc\/self\/task: /);
});
