import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile, packageRoot } from '../../../src/base/files/home.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

function tryGpu(...args: readonly string[]) {
  const command = ['--import', 'tsx', packageFile('scripts/stress/try-gpu.ts'), '--out', folder.at('gpu'), ...args];
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '-1' };
  return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: packageRoot, env });
}

describe('try-gpu', () => {
  it('runs a part, here on the CPU, and keeps what it prints', () => {
    const { status, stdout, stderr } = tryGpu('--device', 'cpu', '--parts', 'doctor');
    expect(stdout, stderr).toMatch(/^doctor: ok \(\d+ s\)\n$/);
    expect(status).toBe(0);
    const found = JSON.parse(readFileSync(folder.at('gpu/doctor.json'), 'utf8')) as { problems: unknown[] };
    expect(found.problems).toEqual([]);
  });

  it('ends with 1 if a part fails: without a GPU, all do', () => {
    const { status, stdout } = tryGpu('--parts', 'doctor,speed');
    expect(stdout).toMatch(/^doctor: exit code \d+ \(\d+ s\)\nspeed: exit code 69 \(\d+ s\)\n$/);
    expect(status).toBe(1);
    expect(readFileSync(folder.at('gpu/speed.log'), 'utf8')).toMatch(/no GPU to measure/);
  });

  it.each([
    [['--parts', 'doctor,opps'], /opps is unknown, expected some of doctor, ops, speed, runs, xla/],
    [['--device', 'tpu'], /--device is tpu, expected gpu or cpu/],
    [['--minutes', '3'], /Unknown option '--minutes'/],
  ])('says in one line what is wrong with %o', (args, message) => {
    const { status, stderr } = tryGpu(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(64);
  });
});
