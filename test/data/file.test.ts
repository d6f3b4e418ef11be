import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readErrorExitCode, readRegularFile, UnreadableFile } from '../../src/data/file.ts';
import { temporaryFolder } from './images.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('what could not be read', () => {
  it.each([
    ['EIO', 74],
    ['ESTALE', 74],
    ['EMFILE', 74],
    ['EACCES', 77],
    ['EPERM', 77],
    ['ENOENT', 65],
    ['ELOOP', 65],
    ['ENXIO', 65],
  ])('for %s ends with exit code %i', (code, exitCode) => {
    expect(readErrorExitCode(systemError(code))).toBe(exitCode);
  });

  it('for its own content ends with 65', () => {
    expect(readErrorExitCode(new UnreadableFile('is not a regular file'))).toBe(65);
  });

  it('is a file of 20 GB, whatever it is called', () => {
    const file = join(temporaryFolder(), 'a.jpg');
    const handle = openSync(file, 'w');
    ftruncateSync(handle, 20e9);
    closeSync(handle);
    expect(() => readRegularFile(file)).toThrow('is too large: 20000000000 bytes, at most 1073741824 are read');
  });
});
