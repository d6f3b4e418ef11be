import { describe, expect, it } from 'vitest';
import { findGpuPeak } from '../../src/runtime/gpu-peaks.ts';

describe('findGpuPeak', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 67e12, 989.5e12],
    ['NVIDIA H100 PCIe', 51e12, 756.5e12],
    ['NVIDIA H200', 67e12, 989.5e12],
    ['NVIDIA H200 NVL', 60e12, 835.5e12],
    ['NVIDIA A100-SXM4-80GB', 19.5e12, 312e12],
    ['NVIDIA L40S', 91.6e12, 362e12],
    ['NVIDIA L4', 30.3e12, 121e12],
    ['NVIDIA GeForce RTX 4090', 82.6e12, 165.2e12],
    ['Tesla V100-SXM2-16GB', 15.7e12, undefined],
    ['Tesla T4', 8.1e12, undefined],
  ])('knows %s', (name, float32, bfloat16) => {
    expect(findGpuPeak(name)?.flopPerSecond).toMatchObject({ float32, ...(bfloat16 && { bfloat16 }) });
    expect(findGpuPeak(name)?.flopPerSecond.bfloat16).toBe(bfloat16);
  });

  it.each(['NVIDIA H100', 'NVIDIA GeForce RTX 4090 Laptop GPU', 'NVIDIA A1000', 'unknown'])(
    'has no peak for %s, although its name begins like that of another card',
    (name) => {
      expect(findGpuPeak(name)).toBeUndefined();
    },
  );
});
