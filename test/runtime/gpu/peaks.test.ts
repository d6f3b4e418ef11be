import { describe, expect, it } from 'vitest';
import { findGpuPeak } from '../../../src/runtime/gpu/peaks.ts';

describe('findGpuPeak', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 67e12, 989.5e12],
    ['NVIDIA H100 PCIe', 51e12, 756.5e12],
    ['NVIDIA H200', 67e12, 989.5e12],
    ['NVIDIA H200 NVL', 60e12, 835.5e12],
    ['NVIDIA A100-SXM4-80GB', 19.5e12, 312e12],
    ['NVIDIA L40S', 91.6e12, 362.05e12],
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

  // Multiprocessors, boost clock in MHz, and FLOP per clock and multiprocessor: float32, TF32, bfloat16 (NVIDIA's white papers of the
  // architectures). Hopper's tensor cores have a clock of their own. Data sheets round, by 1.2 % at most.
  it.each([
    ['NVIDIA H100 80GB HBM3', 132, 1980, [256]],
    ['NVIDIA H100 80GB HBM3', 132, 1830, [undefined, 2048, 4096]],
    ['NVIDIA H100 PCIe', 114, 1755, [256]],
    ['NVIDIA H100 PCIe', 114, 1620, [undefined, 2048, 4096]],
    ['NVIDIA H100 NVL', 132, 1785, [256]],
    ['NVIDIA H200', 132, 1980, [256]],
    ['NVIDIA H200', 132, 1830, [undefined, 2048, 4096]],
    ['NVIDIA H200 NVL', 132, 1785, [256]],
    ['NVIDIA A100-SXM4-80GB', 108, 1410, [128, 1024, 2048]],
    ['NVIDIA A100 80GB PCIe', 108, 1410, [128, 1024, 2048]],
    ['NVIDIA A100-PCIE-40GB', 108, 1410, [128, 1024, 2048]],
    ['NVIDIA A30', 56, 1440, [128, 1024, 2048]],
    ['NVIDIA A40', 84, 1740, [256, 512, 1024]],
    ['NVIDIA A10', 72, 1695, [256, 512, 1024]],
    ['NVIDIA L40S', 142, 2520, [256, 512, 1024]],
    ['NVIDIA L40', 142, 2490, [256, 256, 512]],
    ['NVIDIA L4', 58, 2040, [256, 512, 1024]],
    ['NVIDIA RTX A6000', 84, 1800, [256, 512, 1024]],
    ['NVIDIA GeForce RTX 3090', 82, 1695, [256, 256, 512]],
    ['NVIDIA GeForce RTX 4090', 128, 2520, [256, 256, 512]],
    ['Tesla V100-SXM2-16GB', 80, 1530, [128]],
    ['Tesla V100-PCIE-32GB', 80, 1380, [128]],
    ['Tesla T4', 40, 1590, [128]],
    ['Tesla P100-SXM2-16GB', 56, 1480, [128]],
    ['Tesla P100-PCIE-16GB', 56, 1303, [128]],
  ])('states for %s what %i multiprocessors at %i MHz compute', (name, multiprocessors, megahertz, perClock) => {
    const { float32, tf32, bfloat16 } = findGpuPeak(name)!.flopPerSecond;
    const stated = [float32, tf32, bfloat16];
    for (const [i, flop] of perClock.entries())
      if (flop !== undefined)
        expect(Math.abs(stated[i]! / (multiprocessors * megahertz * 1e6 * flop) - 1)).toBeLessThan(0.0125);
  });
});
