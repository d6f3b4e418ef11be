import { describe, expect, it } from 'vitest';
import { describeMachine, parseGpus } from '../../src/runtime/machine.ts';

describe('parseGpus', () => {
  it('reads one line per GPU with its memory in MiB', () => {
    const text = 'NVIDIA H100 80GB HBM3, 550.54.15, 81559\nTesla T4, 535.1, 15360\n';
    expect(parseGpus(text)).toEqual([
      { name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15', memoryBytes: 81559 * 1024 * 1024 },
      { name: 'Tesla T4', driver: '535.1', memoryBytes: 15360 * 1024 * 1024 },
    ]);
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', 'N/A', '', '-1'])(
    'reads a memory of %s as unknown',
    (memory) => {
      expect(parseGpus(`NVIDIA GB10, 580.1, ${memory}\n`)).toEqual([
        { name: 'NVIDIA GB10', driver: '580.1', memoryBytes: null },
      ]);
    },
  );

  it('reads an unknown name or driver as unknown, and ignores other lines', () => {
    const text = '[Unknown Error], [N/A], 0\nNo devices were found\n';
    expect(parseGpus(text)).toEqual([{ name: 'unknown', driver: 'unknown', memoryBytes: 0 }]);
  });
});

describe('describeMachine', () => {
  it('returns the GPUs or the reason that there are none', () => {
    const { gpus, noGpu, threads } = describeMachine();
    expect(gpus.length > 0).toBe(noGpu === undefined);
    expect(threads).toBeGreaterThan(0);
  });
});
