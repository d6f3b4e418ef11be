import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/processes.ts';
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** Runs a shell command in which `$@` is `doubletime --version`. */
const runVersion = (shell: string, env = {}, program = entry) =>
  spawnSync('bash', ['-c', shell, 'bash', process.execPath, program, '--version'], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, ...env },
  });

describe('the start of doubletime on an unusual machine', () => {
  it.each([
    ['few open files', 'ulimit -n 24; "$@"', 'too many open files: raise the limit'],
    ['little memory', 'ulimit -v 4000000; "$@"', 'not enough memory: free some'],
  ])('with %s is refused with one line', (_, shell, message) => {
    const { status, stderr, stdout } = runVersion(shell);
    expect(stderr).toMatch(/^doubletime: cannot start: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([69, '']);
  });

  it('without npm packages names the set-up', () => {
    const checkout = folder.at('checkout');
    mkdirSync(`${checkout}/src/cli`, { recursive: true });
    cpSync(entry, `${checkout}/src/cli/doubletime.mjs`);
    writeFileSync(`${checkout}/src/cli/main.ts`, '');
    const { status, stderr } = runVersion('"$@"', {}, `${checkout}/src/cli/doubletime.mjs`);
    expect(stderr).toMatch(/^doubletime: cannot start: Cannot find package 'tsx' [^\n]*: run `npm run setup`\n$/);
    expect(status).toBe(69);
  });

  it('works if TMPDIR cannot hold compiled files', () => {
    const file = folder.at('file');
    writeFileSync(file, '');
    const { status, stderr, stdout } = runVersion('"$@"', { TMPDIR: file });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('reports an uncaught error as an internal error', () => {
    const module = folder.at('throw.mjs');
    writeFileSync(
      module,
      "setInterval(() => { if (process.listenerCount('uncaughtException') > 0) throw new Error('late'); }, 1);\n",
    );
    const { status, stderr } = runVersion('"$@"', { NODE_OPTIONS: `--import=${module}` });
    expect(stderr).toMatch(/^doubletime: internal error, please report it with this text:\nError: late\n/);
    expect(status).toBe(70);
  });
});
