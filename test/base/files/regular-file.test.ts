import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readEndOfFile, readText } from '../../../src/base/files/read-file.ts';
import { openRegularFile } from '../../../src/base/files/regular-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);
mkdirSync(join(folder, 'inner'));

describe('a file that is read or written', () => {
  it.each([
    ['a pipe', pipe],
    ['a folder', join(folder, 'inner')],
    ['a device', '/dev/zero'],
  ])('is refused at once by name if it is %s', (_, file) => {
    const refusal = new RegExp(`^${file} is a .*, expected a regular file`);
    expect(() => readText(file)).toThrow(refusal);
    expect(() => openRegularFile(file, constants.O_WRONLY | constants.O_APPEND)).toThrow(refusal);
  });

  it('is named if it is missing, and is empty if it is created', () => {
    const file = join(folder, 'created');
    expect(() => readText(file)).toThrow('the file does not exist');
    closeSync(openRegularFile(file, constants.O_WRONLY | constants.O_CREAT));
    expect(readText(file)).toBe('');
  });

  it('is read whole, or from its last bytes', () => {
    const file = join(folder, 'text');
    writeFileSync(file, 'first\nlast\n');
    expect(readText(file)).toBe('first\nlast\n');
    expect(readEndOfFile(file, 5)).toBe('last\n');
    expect(readEndOfFile(file, 500)).toBe('first\nlast\n');
  });
});
