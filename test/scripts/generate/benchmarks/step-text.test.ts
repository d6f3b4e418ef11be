import { describe, expect, it } from 'vitest';
import { stepText } from '../../../../scripts/generate/benchmarks/step-text.ts';

const run = (name: string, rounds: readonly number[], peakMegabytes = 100) => {
  const sorted = rounds.toSorted((a, b) => a - b);
  const [best = 0, median = 0] = [sorted[0], sorted[sorted.length >> 1]];
  return { name, note: '', secondsToFirstStep: 2.25, peakMegabytes, best, median, rounds: [...rounds] };
};
const result = (network: string, runs: readonly ReturnType<typeof run>[], more: object = {}) => ({
  ...{ network, input: 96, batch: 32, precision: 'float32', stepsInARound: 3, rounds: 3, measuredAt: '' },
  ...{ runs: [...runs], environment: { commit: '1234567890' } },
  ...more,
});

describe('stepText', () => {
  it('compares the networks with PyTorch, the older network first', () => {
    const results = [
      result('resnet18', [run('graph', [30, 20, 40]), run('torch contiguous', [22, 24, 19])]),
      result('alexnet', [run('graph', [10, 9, 11], 80), run('torch channels_last', [20, 25, 15])]),
    ];
    const text = stepText({ results }, 'float32');
    expect(text).toMatch(
      /\| alexnet +\| +10 \(9 to 11\) \| 20 \(15 to 25\) \| +2\.00x \| +1\.67x \| +0\.80x \| +2\.3 \|\n\| resnet18/,
    );
    expect(text).toContain('Measured at commit 1234567 in 3 rounds.');
    expect(text).toContain('The smallest by median is resnet18 with 0.73x.');
    expect(text).toContain('Every round was faster than every round of PyTorch in 1 of 2 networks: alexnet.');
    expect(text).toContain("PyTorch's best round is faster in resnet18.");
    expect(text).toContain('Every network except resnet18 needs less memory than PyTorch.');
  });

  it('shows float32 beside bfloat16, sizes that differ, and the commits that differ', () => {
    const runs = [run('graph', [10]), run('graph float32', [15]), run('torch contiguous', [30], 200)];
    const other = { precision: 'bfloat16', environment: { commit: 'abcdefghij' } };
    const results = [
      result('alexnet', runs, { ...other, input: 32, rounds: 1 }),
      result('resnet18', runs, other),
      result('resnet50', runs, other),
    ];
    const text = stepText({ results }, 'bfloat16');
    expect(text).toMatch(/\| alexnet +\| 32 \| .* \| +15 \(15 to 15\) \| +1\.50x \|/);
    expect(text).toContain('Measured: alexnet at commit abcdefg in 1 round; the others at commit abcdefg in 3 rounds.');
    expect(text).toContain('in 3 of 3 networks: resnet18, resnet50 and alexnet at 32 px.');
    expect(text).toContain('- Every network needs less memory than PyTorch.');
  });

  it('refuses a network that was not measured in PyTorch', () => {
    expect(() => stepText({ results: [result('alexnet', [run('graph', [10])])] }, 'float32')).toThrow('alexnet');
  });
});
