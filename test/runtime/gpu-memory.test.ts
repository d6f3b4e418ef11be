import { chmodSync, writeFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { explainFullGpu, listGpuProcesses } from '../../src/runtime/gpu-memory.ts';
import { temporaryFolder } from '../support/training.ts';

const MESSAGE =
  'failed initializing StreamExecutor for CUDA device ordinal 0: CUDA_ERROR_OUT_OF_MEMORY: out of memory; total memory reported: 85045346304';

it('an error about a GPU that another process has filled names this process and how to fix it', () => {
  const error = explainFullGpu(MESSAGE, () => [{ pid: 4711, name: 'python3', bytes: 71680 * 2 ** 20 }])!;
  expect(error.exitCode).toBe(69);
  expect(error.message).toContain('used by process 4711 (python3, 75.2 GB)');
  expect(error.message).toContain('CUDA_VISIBLE_DEVICES');
  expect(error.message).toContain('execution.gpuMemory');
  expect(error.message).not.toContain('\n');
});

it('a process without a name from nvidia-smi is called another process', () => {
  expect(explainFullGpu(MESSAGE, () => [])!.message).toContain('used by another process');
});

it('the processes on the GPUs are listed, with what is unknown of them', () => {
  const folder = temporaryFolder();
  const program = folder.at('nvidia-smi');
  const lines = '4711, [N/A], [N/A]\\n12, python3, 100\\n[N/A], x, 1\\n';
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = --query-compute-apps=pid,process_name,used_memory ] && printf '${lines}'\n`,
  );
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', folder.path);
  expect(listGpuProcesses()).toEqual([
    { pid: 4711, name: 'unknown', bytes: null },
    { pid: 12, name: 'python3', bytes: 100 * 2 ** 20 },
  ]);
  vi.unstubAllEnvs();
  folder.remove();
});

it('another message is not explained', () => {
  expect(explainFullGpu('', () => [])).toBeUndefined();
  expect(explainFullGpu('CUDA driver version is insufficient for CUDA runtime version', () => [])).toBeUndefined();
});
