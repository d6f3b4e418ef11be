import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gpu } from '../../../src/runtime/gpu/gpus.ts';
import { findGpuProblem } from '../../../src/runtime/gpu/support.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const gpu: Gpu = {
  ...{ index: '0', uuid: 'GPU-1', name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15', memoryBytes: 1 },
  ...{ computeCapability: '9.0', isSplit: false },
};

describe('findGpuProblem', () => {
  it('finds no problem with a card and a driver that TensorFlow supports', () => {
    for (const driver of ['525.60.13', '525.105.17', '580.159.04', 'unknown'])
      expect(findGpuProblem({ ...gpu, driver }, [])).toBeUndefined();
    for (const computeCapability of ['6.0', '6.1', '7.5', '10.0', '12.0', null])
      expect(findGpuProblem({ ...gpu, computeCapability }, [])).toBeUndefined();
  });

  it.each(['470.199.02', '525.60.12', '515'])('says that driver %s is too old for CUDA 12', (driver) => {
    expect(findGpuProblem({ ...gpu, driver }, [])).toEqual({
      what: `NVIDIA's driver ${driver} is too old for CUDA 12: 525.60.13 or later is needed`,
      fix: "install a newer version of NVIDIA's driver",
    });
  });

  it('says that a GPU is too old for the build', () => {
    const old = { ...gpu, name: 'NVIDIA GeForce GTX 980', computeCapability: '5.2' };
    expect(findGpuProblem(old, [])?.what).toBe(
      'the GPU NVIDIA GeForce GTX 980 has compute capability 5.2, but TensorFlow needs 6.0 or later',
    );
  });

  it('names the CUDA libraries that TensorFlow cannot open', () => {
    const line = (name: string) =>
      `W0000 dso_loader.cc:60] Could not load dynamic library '${name}'; dlerror: cannot open`;
    expect(findGpuProblem(gpu, [line('libcudnn.so.9'), line('libcudnn.so.9'), line('libcublas.so.12')])?.what).toBe(
      'TensorFlow cannot open the CUDA libraries libcudnn.so.9, libcublas.so.12',
    );
  });

  it('reports that libraries are missing if TensorFlow does not name them', () => {
    const line = 'W0000 gpu_device.cc:2365] Cannot dlopen some GPU libraries. Please make sure the missing libraries';
    expect(findGpuProblem(gpu, [line])?.what).toBe('TensorFlow cannot open some CUDA libraries');
  });

  it('says that the GPUs are hidden', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '-1');
    expect(findGpuProblem(gpu, [])).toEqual({
      what: 'the GPUs are hidden: CUDA_VISIBLE_DEVICES is "-1"',
      fix: 'unset CUDA_VISIBLE_DEVICES',
    });
  });
});
