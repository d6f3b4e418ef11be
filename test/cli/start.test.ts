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
  it('with few open files is refused with one line', () => {
    const { status, stderr, stdout } = runVersion('ulimit -n 24; "$@"');
    expect(stderr).toMatch(/^doubletime: cannot start: too many open files: raise the limit [^\n]*\n$/);
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

  /** Runs `doubletime --version` with a module that throws an error as soon as doubletime handles uncaught errors. */
  const throwAtStart = (error: string) => {
    const module = folder.at('throw.mjs');
    writeFileSync(
      module,
      `setInterval(() => { if (process.listenerCount('uncaughtException') > 0) throw ${error}; }, 1);\n`,
    );
    return runVersion('"$@"', { NODE_OPTIONS: `--import=${module}` });
  };

  it('with little memory for the compiler is refused with one line', () => {
    const { status, stderr } = throwAtStart(
      "Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })",
    );
    expect(stderr).toMatch(/^doubletime: cannot start: not enough memory: free some, [^\n]*\n$/);
    expect(status).toBe(69);
  });

  it('reports an uncaught error as an internal error', () => {
    const { status, stderr } = throwAtStart("new Error('late')");
    expect(stderr).toMatch(/^doubletime: internal error, please report it with this text:\nError: late\n/);
    expect(status).toBe(70);
  });
});
