import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fakeNvidiaSmi, h100 } from '../../support/fake-nvidia-smi.ts';

const cli = fileURLToPath(new URL('../../../src/cli/doubletime.mjs', import.meta.url));
const report = z.object({
  ok: z.boolean(),
  node: z.string(),
  tensorflow: z.object({
    installed: z.object({ version: z.string(), kind: z.string() }).nullable(),
    loaded: z.object({ device: z.string(), learned: z.boolean() }).nullable(),
  }),
  problems: z.array(z.object({ what: z.string(), fix: z.string() })),
});

function doctor(args: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'doctor', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { status, stdout, stderr };
}

describe('doubletime doctor', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('runs a training step and finds no problem', () => {
    const { status, stdout, stderr } = doctor(['--json'], { CUDA_VISIBLE_DEVICES: '-1' });
    expect(stderr).toBe('');
    const found = report.parse(JSON.parse(stdout));
    expect(found.tensorflow.loaded).toEqual({ device: 'cpu', learned: true });
    expect(found.problems).toEqual([]);
    expect(status).toBe(0);
  });

  it('fails with --gpu if no step ran on a GPU', () => {
    const { status, stdout } = doctor(['--gpu'], { CUDA_VISIBLE_DEVICES: '-1' });
    expect(stdout).toMatch(/^problem: .*GPU.*; how to fix it: /m);
    expect(status).toBe(1);
  });

  it('prints the command that sets up TensorFlow if it is not set up', () => {
    const { status, stdout } = doctor(['--json'], { DOUBLETIME_HOME: folder });
    const found = report.parse(JSON.parse(stdout));
    expect(found.problems).toEqual([{ what: 'TensorFlow is not set up', fix: 'npm run setup' }]);
    expect(found.tensorflow).toEqual({ installed: null, loaded: null });
    expect(status).toBe(1);
  });

  it('lists the GPUs that nvidia-smi reports', () => {
    const card = { ...h100, name: 'Tesla T4', driver_version: '535.1', 'memory.total': '15360' };
    const path = fakeNvidiaSmi(folder, [card]);
    const { stdout } = doctor([], { PATH: path, DOUBLETIME_HOME: join(folder, 'nothing') });
    expect(stdout).toContain('Tesla T4, driver 535.1, 16.1 GB');
  });
});
