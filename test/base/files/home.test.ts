import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { homeFolder, moduleBeside, packageFile, setUpCommand } from '../../../src/base/files/home.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

interface SetUpPlace {
  homeFolder(): string;
  readonly setUpCommand: string;
}

const setUpPlace = async (): Promise<SetUpPlace> =>
  (await import(pathToFileURL(packageFile('scripts/setup/place.mjs')).href)) as SetUpPlace;

it.each(['', '/scratch/home', 'relative/home'])(
  'set-up and the program agree on the folder with DOUBLETIME_HOME=%j',
  async (given) => {
    vi.stubEnv('DOUBLETIME_HOME', given);
    const expected = given === '' ? packageFile('.doubletime') : resolve(given);
    expect(homeFolder()).toBe(expected);
    expect((await setUpPlace()).homeFolder()).toBe(expected);
  },
);

it.each([
  ['~/doubletime', join(homedir(), 'doubletime')],
  ['~', homedir()],
  ['$BIG_DISK/doubletime', '/scratch/doubletime'],
  ['${BIG_DISK}/doubletime', '/scratch/doubletime'],
])('set-up and the program expand DOUBLETIME_HOME=%j if the shell has not', async (given, expected) => {
  vi.stubEnv('BIG_DISK', '/scratch');
  vi.stubEnv('DOUBLETIME_HOME', given);
  expect(homeFolder()).toBe(expected);
  expect((await setUpPlace()).homeFolder()).toBe(expected);
});

it.each(['~somebody/x', '$NOT_SET_ANYWHERE/x', '$(pwd)/x'])(
  'set-up and the program refuse DOUBLETIME_HOME=%j',
  async (given) => {
    vi.stubEnv('DOUBLETIME_HOME', given);
    expect(() => homeFolder()).toThrow(`DOUBLETIME_HOME is ${given}: `);
    const setUp = await setUpPlace();
    expect(() => setUp.homeFolder()).toThrow(`DOUBLETIME_HOME is ${given}: `);
  },
);

it('set-up and the program agree on the command that sets up', async () => {
  expect((await setUpPlace()).setUpCommand).toBe(setUpCommand);
  expect(setUpCommand).toBe('npm run setup');
});

it('finds a module beside a TypeScript file and beside a compiled file', () => {
  expect(moduleBeside('./worker.ts', 'file:///a/src/pool.ts').href).toBe('file:///a/src/worker.ts');
  expect(moduleBeside('./worker.ts', 'file:///a/dist/pool.js').href).toBe('file:///a/dist/worker.js');
});
