import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readErrorExitCode, readImageFile, UnreadableFile } from '../../src/data/file.ts';
import { temporaryFolder } from './images.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('a file that cannot be read', () => {
  it.each([
    ['EIO', 74],
    ['ESTALE', 74],
    ['EMFILE', 74],
    ['EACCES', 77],
    ['EPERM', 77],
    ['ENOENT', 65],
    ['ELOOP', 65],
    ['ENXIO', 65],
  ])('with the system error %s gives exit code %i', (code, exitCode) => {
    expect(readErrorExitCode(systemError(code))).toBe(exitCode);
  });

  it('gives exit code 65 if its content is bad', () => {
    expect(readErrorExitCode(new UnreadableFile('is not a regular file'))).toBe(65);
  });

  it('may be too large, such as a file of 20 GB', () => {
    const file = join(temporaryFolder(), 'a.jpg');
    const handle = openSync(file, 'w');
    ftruncateSync(handle, 20e9);
    closeSync(handle);
    expect(() => readImageFile(file)).toThrow('is too large: 20000000000 bytes, expected at most 1073741824');
  });
});
