import { describe, expect, it } from 'vitest';
import { hasBfloat16Products, precisionProblem, precisionWarning } from '../../src/runtime/precision-support.ts';

const cpu = { device: 'cpu', architecture: 'x64', cpuFeatures: ['avx512_bf16'], gpus: [] } as const;
const gpu = (name: string, computeCapability: string | null) => ({
  ...cpu,
  device: 'gpu' as const,
  gpus: [{ name, computeCapability }],
});

describe('the precisions that a device supports', () => {
  it('a CPU has no TF32', () => {
    expect(precisionProblem('tf32', cpu)).toContain('recipe.precision is tf32, but this run uses a CPU');
    expect(precisionProblem('bfloat16', cpu)).toBeUndefined();
  });

  it.each(['tf32', 'bfloat16'] as const)('%s needs a GPU of compute capability 8.0', (precision) => {
    expect(precisionProblem(precision, gpu('Tesla V100', '7.0'))).toBe(
      `recipe.precision is ${precision}, but Tesla V100 has compute capability 7.0, and ${precision} needs 8.0 (Ampere) or later: set recipe.precision to float32`,
    );
    expect(precisionProblem(precision, gpu('NVIDIA H100', '9.0'))).toBeUndefined();
    expect(precisionProblem(precision, gpu('NVIDIA H100', null))).toBeUndefined();
    expect(precisionProblem('float32', gpu('Tesla V100', '7.0'))).toBeUndefined();
  });
});

describe('the warning about bfloat16 on a CPU', () => {
  it.each([
    ['x64', ['avx2', 'avx512f'], 'this CPU has no avx512_bf16 and no amx_bf16'],
    ['arm64', ['asimd'], 'this CPU has no bf16'],
  ])('on %s names the missing instructions', (architecture, cpuFeatures, words) => {
    expect(precisionWarning('bfloat16', { ...cpu, architecture, cpuFeatures })).toContain(words);
    expect(precisionWarning('float32', { ...cpu, architecture, cpuFeatures })).toBeUndefined();
  });

  it('is not given if the instructions exist or are unknown', () => {
    for (const cpuFeatures of [['avx512_bf16'], ['amx_bf16'], []])
      expect(precisionWarning('bfloat16', { ...cpu, cpuFeatures })).toBeUndefined();
    expect(precisionWarning('bfloat16', { ...cpu, device: 'gpu', cpuFeatures: ['avx2'] })).toBeUndefined();
  });
});

describe('TensorFlow sums products in bfloat16 in float32 on a CPU', () => {
  it.each([
    [['avx2', 'avx512f'], 'x64', {}, true],
    [['avx2', 'fma'], 'x64', {}, false],
    [[], 'x64', {}, false],
    [['avx512f'], 'x64', { TF_ENABLE_ONEDNN_OPTS: '0' }, false],
    [['asimd', 'bf16'], 'arm64', {}, false],
  ])('%j on %s with %j: %s', (cpuFeatures, architecture, environment, expected) => {
    expect(hasBfloat16Products(cpuFeatures, architecture, environment)).toBe(expected);
  });
});
