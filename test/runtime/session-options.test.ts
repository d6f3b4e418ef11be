import { describe, expect, it } from 'vitest';
import { encodeSessionConfig } from '../../src/runtime/session-options.ts';

const hex = (options: Parameters<typeof encodeSessionConfig>[0]): string =>
  Buffer.from(encodeSessionConfig(options)).toString('hex');

describe('the bytes of a ConfigProto', () => {
  it('are none without options', () => {
    expect(hex({})).toBe('');
    expect(hex({ threads: undefined, gpuMemory: undefined, graphPasses: {} })).toBe('');
  });

  // Each field is its number * 8 + its wire type, then its value (protobuf.dev, "Encoding").
  it.each([
    ['intra_op_parallelism_threads (2)', { threads: 4 }, '1004'],
    ['inter_op_parallelism_threads (5) above 127', { interOpThreads: 300 }, '28ac02'],
    ['gpu_options (6) with allow_growth (4)', { gpuMemory: 'grow' }, '3202' + '2001'],
    [
      'per_process_gpu_memory_fraction (1), a double',
      { gpuMemory: { share: 0.5 } },
      '320b' + '09000000000000e03f' + '2001',
    ],
    [
      'experimental (9), virtual_devices (1), memory_limit_mb (1): 1,024 MiB as a float',
      { gpuMemory: { bytes: 2 ** 30 } },
      '320b' + '2001' + '4a07' + '0a05' + '0d00008044',
    ],
    [
      'graph_options (10), optimizer_options (3): global_jit_level (5) 2, cpu_global_jit (7)',
      { compile: 'xla' },
      '5206' + '1a04' + '2802' + '3801',
    ],
    [
      'graph_options (10), rewrite_options (10): layout_optimizer (1) off, remapping (14) on',
      { graphPasses: { layout: false, remapping: true } },
      '5206' + '5204' + '0802' + '7001',
    ],
  ] as const)('have %s', (_, options, expected) => {
    expect(hex(options)).toBe(expected);
  });
});
