import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandPath } from '../../../src/base/files/expand-path.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-expand-'));
  process.env['DOUBLETIME_TEST_PATH'] = '/data/of $HOME';
  delete process.env['DOUBLETIME_TEST_UNSET'];
});
afterAll(() => {
  delete process.env['DOUBLETIME_TEST_PATH'];
  rmSync(folder, { recursive: true });
});

describe('expandPath', () => {
  it.each([
    ['~', homedir()],
    ['~/a b', `${homedir()}/a b`],
    ['$HOME/x', `${homedir()}/x`],
    ['${HOME}x', `${homedir()}x`],
    // The value of a variable is not expanded again.
    ['$DOUBLETIME_TEST_PATH/train', '/data/of $HOME/train'],
    ['a/${DOUBLETIME_TEST_PATH}', 'a//data/of $HOME'],
  ])('expands %s', (path, expected) => {
    expect(expandPath(path, folder)).toBe(expected);
  });

  it.each(['a~b', 'data/~x', 'plain', 'price $5', 'ends in $', './~/x'])('leaves %s unchanged', (path) => {
    expect(expandPath(path, folder)).toBe(path);
  });

  it.each(['~', '~user', 'costs$HOME', '${HOME}'])('leaves %s unchanged if a file with this name exists', (name) => {
    mkdirSync(join(folder, name));
    expect(expandPath(name, folder)).toBe(name);
    expect(expandPath(join(folder, name))).toBe(join(folder, name));
    rmSync(join(folder, name), { recursive: true });
  });

  it.each([
    ['$DOUBLETIME_TEST_UNSET/x', /variable DOUBLETIME_TEST_UNSET is not set/],
    ['x/${DOUBLETIME_TEST_UNSET}', /variable DOUBLETIME_TEST_UNSET is not set/],
    ['${HOME:-/tmp}', /\$\{HOME:-\/tmp\} is not the name of an environment variable/],
    ['$(pwd)/x', /a path must not contain a command/],
    ['~user/x', /~user is not expanded/],
  ])('refuses %s', (path, message) => {
    expect(() => expandPath(path, folder)).toThrow(message);
  });
});
