import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lstatIfExists, pathExists, statIfExists } from '../../src/base/stat.ts';
import { temporaryFolder } from '../support/training.ts';

describe('a path', () => {
  const folder = temporaryFolder();
  writeFileSync(folder.at('file'), '123');
  symlinkSync('nowhere', folder.at('link'));
  afterAll(() => {
    folder.remove();
  });

  it('exists if it is a file or a folder', () => {
    expect(statIfExists(folder.at('file'))?.size).toBe(3);
    expect(pathExists(folder.path)).toBe(true);
  });

  it('does not exist below a file, as below a missing folder', () => {
    for (const path of ['file/below', 'none', 'none/below']) {
      expect(statIfExists(folder.at(path)), path).toBeUndefined();
      expect(lstatIfExists(folder.at(path)), path).toBeUndefined();
    }
  });

  it('does not exist if it is a link to a missing file, but the link does', () => {
    expect(pathExists(folder.at('link'))).toBe(false);
    expect(lstatIfExists(folder.at('link'))?.isSymbolicLink()).toBe(true);
  });

  it('is an error if the file system refuses it', () => {
    expect(() => pathExists(join(folder.path, 'x'.repeat(300)))).toThrow('ENAMETOOLONG');
  });
});
