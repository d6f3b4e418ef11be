import { expect, it } from 'vitest';
import { explainFullGpu, parseGpuProcesses } from '../../src/runtime/gpu-memory.ts';

const MESSAGE =
  'failed initializing StreamExecutor for CUDA device ordinal 0: CUDA_ERROR_OUT_OF_MEMORY: out of memory; total memory reported: 85045346304';

it('an error about a GPU that another process has filled names this process and how to fix it', () => {
  const error = explainFullGpu(MESSAGE, () => parseGpuProcesses('4711, python3, 71680\n'))!;
  expect(error.exitCode).toBe(69);
  expect(error.message).toContain('used by process 4711 (python3, 75.2 GB)');
  expect(error.message).toContain('CUDA_VISIBLE_DEVICES');
  expect(error.message).toContain('execution.gpuMemory');
  expect(error.message).not.toContain('\n');
});

it('a process without a name from nvidia-smi is called another process', () => {
  expect(explainFullGpu(MESSAGE, () => [])!.message).toContain('used by another process');
  expect(parseGpuProcesses('4711, [N/A], [N/A]\n\n')).toEqual([{ pid: 4711, name: 'unknown', bytes: null }]);
});

it('another message is not explained', () => {
  expect(explainFullGpu('', () => [])).toBeUndefined();
  expect(explainFullGpu('CUDA driver version is insufficient for CUDA runtime version', () => [])).toBeUndefined();
});
