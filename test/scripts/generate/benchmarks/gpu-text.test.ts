import { describe, expect, it } from 'vitest';
import { gpuOpsText } from '../../../../scripts/generate/benchmarks/gpu-ops-text.ts';
import { gpuProfileText } from '../../../../scripts/generate/benchmarks/gpu-profile-text.ts';
import { gpuSpeedText } from '../../../../scripts/generate/benchmarks/gpu-speed-text.ts';

const common = { network: 'a', batch: 8, xla: false };
const own = { ...common, framework: 'doubletime', precision: 'bfloat16', visit: 2, alone: true } as const;
const torch = { ...common, framework: 'PyTorch', mode: 'bf16', visit: 2, alone: true } as const;

describe('gpuSpeedText', () => {
  it('takes results that were measured alone, and computes the factors from them', () => {
    const text = gpuSpeedText({
      results: [
        { ...own, visit: 1, alone: false, milliseconds: 30, low: 25 },
        { ...own, milliseconds: 40, low: 35 },
        { ...own, xla: true, alone: null, milliseconds: 16, low: 15, firstStepMilliseconds: 38_400 },
        { ...torch, alone: false, milliseconds: 10, low: 9 },
        { ...torch, milliseconds: 20, low: 19 },
      ],
    });
    expect(text).toMatch(
      /\| a +\| bfloat16 +\| +8 \| +40\.0 \(35\.0\) \| 16\.0 \(15\.0\) \| 20\.0 \(19\.0\) \| 0\.50; with XLA 1\.25 \|/,
    );
    expect(text).toContain('the first step of a took 38 s.');
    expect(text).toContain('a from 25.0 to 35.0 ms. Other programs used the card during the earlier measurements.');
  });

  it('also gives the ratio of the best steps if other programs used the card, and says why XLA has no time', () => {
    const text = gpuSpeedText({
      results: [
        { ...own, milliseconds: 40, low: 30 },
        { ...own, xla: true, error: 'not finished: stopped' },
        { ...torch, alone: false, milliseconds: 20, low: 18 },
      ],
    });
    expect(text).toMatch(/\| not finished \| 20\.0 \(18\.0\) \| 0\.50; by the best 0\.60 \|/);
    expect(text).toContain("PyTorch's a in bfloat16 was measured while other programs used the card.");
    expect(text).toContain('- **XLA**: a: not finished: stopped.');
  });
});

it('gpuProfileText adds up the kinds of ops of a profile, and counts the ops that its page does not list as others', () => {
  const page = [
    '# a, 224 px, batch 8, bfloat16, kernels of tensorflow',
    '',
    "12.0 ms per step (median of 3 without tracing); the kernels' times add up to 10.5 ms.",
    '',
    '| op and its part of the step | ops | ms | part |',
    '| --- | ---: | ---: | ---: |',
    '| Conv2D forward | 3 | 2.00 | 19.0 % |',
    '| DepthwiseConv2dNativeBackpropInput inputGradient | 3 | 1.00 | 9.5 % |',
    '| FusedBatchNormGradV3 inputGradient | 3 | 3.00 | 28.6 % |',
    '| Mul update | 3 | 0.50 | 4.8 % |',
    '| Relu forward | 3 | 3.00 | 28.6 % |',
    '',
    '| block | ops | ms | part |',
    '| --- | ---: | ---: | ---: |',
    '| conv1 | 3 | 10.50 | 100.0 % |',
    '',
  ].join('\n');
  const text = gpuProfileText(new Map([['profile/a.md', page]]));
  expect(text).toMatch(
    /\| \[a\]\(profile\/a\.md\) \| bfloat16 +\| +8 \| +10\.5 \| +3\.0 \| +3\.0 \| +0\.5 \| +4\.0 \|/,
  );
  expect(() => gpuProfileText(new Map([['b.md', '# b']]))).toThrow('expected a page of profile:step');
});

it('gpuOpsText names the networks whose steps differ more than is accepted', () => {
  const step = (network: string, loss: number) => ({ network, input: 64, firstLoss: 2.516e-6, loss, change: 0.01 });
  const text = gpuOpsText({
    ...{ tolerance: 1e-4, executed: 7, failed: 0 },
    beyond: [
      { op: 'FusedBatchNormV3', isTraining: false },
      { op: 'FusedBatchNormV3', isTraining: true },
    ],
    steps: [step('a', 0.019), step('b', 0.021), step('c', 0.001)],
    twoKernelsOfACpu: { steps: [step('a', 0.005)] },
  });
  expect(text).toContain('1 batch norm of evaluations and 1 other op differ by more than 1e-4.');
  expect(text).toContain(
    'differ by at most 2.6e-6.\n  For the largest difference of three losses, 2 % is accepted. b differs more.',
  );
  expect(text).toMatch(
    /\| a +\| +1\.9 % \| +1\.0 % \| +0\.5 % \| +1\.0 % \|\n\| b +\| +2\.1 % \| +1\.0 % \| +– \| +– \|\n$/,
  );
});
