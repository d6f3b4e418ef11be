import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile, packageRoot } from '../../../../src/base/files/home.ts';
import { temporaryFolder } from '../../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

function bench(...args: readonly string[]) {
  const words = ['--import', 'tsx', packageFile('scripts/bench/gpu/bench-gpu.ts'), ...args];
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

  it('runs each case in its precision, and compiles with XLA where it says so', () => {
    // XLA computes bfloat16 very slowly on a CPU.
    const cases = [
      ['--precisions', 'float32', '--xla', 'both'],
      ['--precisions', 'bfloat16', '--xla', 'without'],
    ];
    const results = cases.flatMap((chosen, i) => {
      const out = folder.at(`cases-${i}.json`);
      const sizes = ['--networks', 'squeezenet1_1:2', '--input', '64', '--steps', '2', '--out', out];
      const { status, stderr } = bench('--device', 'cpu', ...sizes, ...chosen);
      expect(status, stderr).toBe(0);
      return (JSON.parse(readFileSync(out, 'utf8')) as { results: Record<string, number>[] }).results;
    });
    expect(results.map(({ precision, xla }) => [precision, xla])).toEqual([
      ['float32', false],
      ['float32', true],
      ['bfloat16', false],
    ]);
    const [plain, compiled, bfloat16] = results.map(({ firstLoss }) => firstLoss!);
    expect(Math.abs(compiled! / plain! - 1)).toBeLessThan(1e-5);
    expect(Math.abs(bfloat16! / plain! - 1)).toBeLessThan(2e-2);
    expect(new Set(results.map(({ lastLoss }) => lastLoss)).size).toBe(3);
  });

  it('reports a case that fails, goes on with the next one, and ends with 1', () => {
    const out = folder.at('failed.json');
    const sizes = ['--networks', 'alexnet:1', '--input', '8', '--steps', '1', '--xla', 'without', '--out', out];
    const { status, stdout } = bench('--device', 'cpu', ...sizes);
    expect(stdout.match(/(float32|bfloat16) +failed: .*input size/g)).toHaveLength(2);
    expect(status).toBe(1);
    const { results } = JSON.parse(readFileSync(out, 'utf8')) as { results: { error: string }[] };
    expect(results.map(({ error }) => error)).toEqual([expect.any(String), expect.any(String)]);
  });

  it('measures each mode of PyTorch, and keeps the others if one ends without a result', () => {
    const python = folder.at('python');
    // Answers the check, prints a result in float32, and ends without one in bfloat16.
    const row =
      '{\\"mode\\":\\"$7\\",\\"milliseconds\\":8,\\"low\\":7,\\"high\\":9,\\"imagesPerSecond\\":250,\\"memoryBytes\\":1000000}';
    const script = [
      '#!/bin/sh',
      'if [ "$1" = -c ]; then echo False; exit; fi',
      'if [ "$7" = bf16 ]; then echo "RuntimeError: no kernel" >&2; exit 3; fi',
      `echo "${row}"`,
    ];
    writeFileSync(python, script.join('\n'));
    chmodSync(python, 0o755);
    const out = folder.at('torch.json');
    const sizes = ['--networks', 'alexnet:1', '--input', '8', '--precisions', 'float32', '--xla', 'without'];
    const torch = ['--torch', python, '--torch-modes', 'bf16,fp32', '--out', out];
    const { status, stdout } = bench('--device', 'cpu', ...sizes, ...torch);
    expect(stdout).toMatch(/PyTorch bf16 +failed: exit code 3: RuntimeError: no kernel/);
    expect(stdout).toMatch(/PyTorch fp32 +8\.0 ms \(7\.0 to 9\.0\) +250 images\/s {2}1\.0 MB/);
    expect(status).toBe(1);
    const { results } = JSON.parse(readFileSync(out, 'utf8')) as { results: Record<string, unknown>[] };
    const torchResults = results.filter(({ framework }) => framework === 'PyTorch');
    expect(torchResults.map(({ mode, error }) => [mode, typeof error])).toEqual([
      ['bf16', 'string'],
      ['fp32', 'undefined'],
    ]);
  });

  it.each([
    [['--networks', 'resnet18:none'], 64, /resnet18:none: the batch is none, expected a whole number above 0/],
    [['--networks', 'resnet1000'], 78, /the network "resnet1000" does not exist/],
    [['--precisions', 'fp8'], 64, /fp8 is unknown, expected some of float32, tf32, bfloat16/],
    [['--torch-modes', 'bf16,fp33'], 64, /fp33 is unknown, expected some of fp32, tf32, bf16, bf16-compile/],
    [['--torch-modes', 'bf16'], 64, /--torch-modes has no effect without --torch: add --torch PYTHON/],
    [['--device', 'cpu', '--torch-modes', 'fp32,tf32'], 64, /--torch-modes fp32,tf32: a CPU has no tf32/],
    [['--device', 'cpu', '--precisions', 'tf32'], 64, /--precisions tf32: a CPU has no tf32/],
    [
      ['--device', 'cpu', '--torch', '/missing/python'],
      66,
      /--torch \/missing\/python does not exist: expected a Python/,
    ],
    [
      ['--device', 'cpu', '--torch', 'README.md'],
      66,
      /--torch README\.md is not a command on the PATH: expected a Python/,
    ],
    [['--device', 'cpu', '--torch', '/dev/null'], 69, /--torch \/dev\/null cannot be started \(EACCES\)/],
    [['--device', 'cpu', '--torch', '/bin/false'], 69, /--torch \/bin\/false cannot import torch and torchvision/],
    [['--device', 'cpu', '--torch', '/bin/true'], 69, /--torch \/bin\/true is not a Python/],
    [['--steps', '0'], 64, /--steps is 0, expected a whole number above 0/],
    [['--batches', '3'], 64, /Unknown argument: batches/],
    [[], 69, /no GPU to measure: .*; --device cpu tests the benchmark without one/],
  ])('says in one line what is wrong with %o', (args, status, message) => {
    const result = bench(...args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.status).toBe(status);
  });
});
