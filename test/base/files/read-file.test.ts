import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readText } from '../../../src/base/files/read-file.ts';
import { doubletime } from '../../support/cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-read-'));
  execFileSync('mkfifo', [join(folder, 'fifo.json')]);
  symlinkSync('nowhere', join(folder, 'dangling.json'));
  symlinkSync('/dev/zero', join(folder, 'device.json'));
  writeFileSync(join(folder, 'file.json'), 'text');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('refuses a name with a NUL character, which a config can write, in one line', () => {
  expect(() => readText('a\0b')).toThrow(
    expect.objectContaining({
      exitCode: 66,
      message: 'cannot read a\0b: the file system does not allow this name: name another',
    }) as Error,
  );
  const config = join(folder, 'nul.yaml');
  const data = 'data: { source: synthetic, input: 16, classes: 4, trainExamples: 8, validationExamples: 8 }';
  writeFileSync(config, `network: { name: resnet18 }\n${data}\nrecipe: "x\\0.yaml"\nstopAt: end\n`);
  const { status, stderr } = doubletime(['train', config, '--dir', join(folder, 'run')]);
  expect(stderr).toMatch(
    /^doubletime: \S+nul\.yaml:3:1: recipe: cannot read \S+\\u0000\.yaml: the file system does not/,
  );
  expect([status, stderr.split('\n').length]).toEqual([66, 2]);
});

it('reads a regular file, up to a size', () => {
  expect(readText(join(folder, 'file.json'))).toBe('text');
  expect(() => readText(join(folder, 'file.json'), { maxBytes: 3 })).toThrow(/expected at most 3/);
});

it.each([
  ['fifo.json', 65, /is a FIFO, expected a regular file/],
  ['device.json', 65, /is a device, expected a regular file/],
  ['dangling.json', 66, /the file does not exist/],
  ['.', 65, /is a folder, expected a regular file/],
])('refuses %s at once', (name, exitCode, message) => {
  const path = join(folder, name);
  expect(() => readText(path)).toThrow(
    expect.objectContaining({ exitCode, message: expect.stringMatching(message) as string }),
  );
});

it.each(['trend', 'validate', 'export --format=csv'])('%s refuses a FIFO at once', (command) => {
  const { status, stderr } = doubletime([...command.split(' '), join(folder, 'fifo.json')]);
  expect(status).toBe(65);
  expect(stderr).toMatch(/a FIFO, expected a regular file/);
});
