import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile, packageRoot } from '../../../src/base/home.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

function bench(...args: readonly string[]) {
  const words = ['--import', 'tsx', packageFile('scripts/bench/bench-gpu.ts'), ...args];
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '-1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', cwd: packageRoot, env });
  return { status, stdout, stderr };
}

describe('npm run bench:gpu', () => {
  it('measures steps, memory and the work of the recording on the CPU', () => {
    const out = folder.at('gpu.json');
    const sizes = ['--networks', 'squeezenet1_1:2', '--input', '64', '--steps', '3'];
    const { status, stdout, stderr } = bench(
      '--device',
      'cpu',
      ...sizes,
      '--precisions',
      'float32',
      '--xla',
      'without',
      '--out',
      out,
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/squeezenet1_1, 64 px, batch 2, median of 3 steps/);
    expect(stdout).toMatch(/float32 +[\d.]+ ms \([\d.]+ to [\d.]+\) +\d+ images\/s {2}[\d.]+ [MG]B/);
    const { benchmark, results, environment } = JSON.parse(readFileSync(out, 'utf8')) as {
      benchmark: string;
      results: Record<string, unknown>[];
      environment: { device: string };
    };
    expect([benchmark, environment.device, results.length]).toEqual(['gpu', 'cpu', 1]);
    expect(results[0]).toMatchObject({
      network: 'squeezenet1_1',
      precision: 'float32',
      xla: false,
      device: 'cpu',
      floorMilliseconds: null,
    });
    expect(results[0]!['flops']).toBeGreaterThan(1e8);
    expect(results[0]!['bytes']).toBeGreaterThan(1e7);
  });

  it.each([
    [['--networks', 'resnet18:none'], 64, /resnet18:none: the batch is none, expected a whole number above 0/],
    [['--networks', 'resnet1000'], 78, /the network "resnet1000" does not exist/],
    [['--precisions', 'fp8'], 64, /fp8 is unknown, expected some of float32, tf32, bfloat16/],
    [['--batches', '3'], 64, /Unknown argument: batches/],
    [[], 69, /no GPU to measure: .*; --device cpu tries the benchmark without one/],
  ])('says in one line what is wrong with %o', (args, status, message) => {
    const result = bench(...args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.status).toBe(status);
  });
});
