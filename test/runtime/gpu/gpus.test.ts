import { describe, expect, it, vi } from 'vitest';
import { listGpus } from '../../../src/runtime/gpu/gpus.ts';
import { a100, h100 } from '../../support/fake-nvidia-smi.ts';
import { useFakeCards } from '../../support/listed-gpus.ts';

const listed = useFakeCards();

describe('listGpus', () => {
  it('reads number, UUID, name, driver, memory, compute capability and MIG of each card', () => {
    expect(listed(h100, { ...a100, 'mig.mode.current': 'Enabled', 'memory.total': '[N/A]' })).toEqual([
      {
        ...{ index: '0', uuid: h100['uuid'], name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' },
        ...{ memoryBytes: 81559 * 2 ** 20, computeCapability: '9.0', isSplit: false },
      },
      {
        ...{ index: '1', uuid: a100['uuid'], name: 'NVIDIA A100-SXM4-40GB', driver: '550.54.15' },
        ...{ memoryBytes: null, computeCapability: '8.0', isSplit: true },
      },
    ]);
  });

  it('asks an old driver for fewer fields', () => {
    const fewerFields = Object.fromEntries(Object.entries(h100).filter(([name]) => !/compute_cap|mig/.test(name)));
    expect(listed(fewerFields)).toMatchObject([{ uuid: h100['uuid'], computeCapability: null, isSplit: false }]);
  });

  it('reads an unknown name or driver as unknown', () => {
    expect(listed({ ...h100, name: '[Unknown Error]', driver_version: '[N/A]' })).toMatchObject([
      { name: 'unknown', driver: 'unknown' },
    ]);
  });

  it('says why there is none', () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(listGpus()).toEqual({ gpus: [], reason: 'no NVIDIA driver (nvidia-smi was not found)' });
  });
});
