import { describe, expect, it } from 'vitest';
import {
  addGpuTotals,
  addSample,
  describeGpuTotals,
  describeMemoryErrors,
  emptyGpuTotals,
  parseGpuSample,
  sampleFields,
} from '../../../src/train/accounting/gpu-samples.ts';

const parse = (line: string) => parseGpuSample(line, sampleFields[0]);

const totalsOf = (...lines: readonly string[]) => {
  const samples = lines.map((line) => parse(line)!);
  return samples.reduce((totals, sample, i) => addSample(totals, sample, samples[i - 1]), emptyGpuTotals());
};

describe('parseGpuSample', () => {
  it('reads power, memory, the reasons for a lower clock, and memory errors', () => {
    expect(parse('412.31, 41250, 0x0000000000000064, 3, 0')).toEqual({
      watts: 412.31,
      memoryBytes: 41250 * 2 ** 20,
      throttled: ['power limit', 'temperature (driver)', 'temperature (hardware)'],
      correctedErrors: 3,
      uncorrectedErrors: 0,
    });
  });

  it('reads unknown values as null, never as 0', () => {
    expect(parse('[N/A], [N/A], [Not Supported], [N/A], N/A')).toEqual({
      ...{ watts: null, memoryBytes: null, throttled: [], correctedErrors: null, uncorrectedErrors: null },
    });
  });

  it('does not count an idle GPU or a clock set by a person as throttled', () => {
    expect(parse('70, 0, 0x0000000000000003, 0, 0')?.throttled).toEqual([]);
  });

  it('ignores other lines', () => {
    expect(parse('Field "x" is not a valid field to query.')).toBeUndefined();
  });
});

describe('the totals', () => {
  it('contain the peak memory and the fraction of throttled samples', () => {
    const totals = totalsOf('1, 100, 0x4, 0, 0', '1, 300, 0x0, 0, 0', '1, 200, 0x4, 0, 0', '1, [N/A], 0x0, 0, 0');
    expect(describeGpuTotals(totals)).toEqual({
      peakMemoryBytes: 300 * 2 ** 20,
      throttledFraction: { 'power limit': 0.5 },
      correctedErrors: 0,
      uncorrectedErrors: 0,
    });
  });

  it('count only the errors of this run, even if the counter was reset', () => {
    expect(totalsOf('1, 1, 0x0, 7, 2', '1, 1, 0x0, 9, 2', '1, 1, 0x0, 0, 0', '1, 1, 0x0, 1, 0')).toMatchObject({
      correctedErrors: 3,
      uncorrectedErrors: 0,
    });
  });

  it('add up over the processes of a run', () => {
    const [first, second] = [totalsOf('1, 5, 0x4, 0, 0'), totalsOf('1, 3, 0x4, [N/A], 0', '1, 3, 0x8, [N/A], 1')];
    const both = addGpuTotals(addGpuTotals(undefined, first), second);
    expect(both).toEqual({
      ...{ peakMemoryBytes: 5 * 2 ** 20, samples: 3, throttled: { 'power limit': 2, 'hardware slowdown': 1 } },
      ...{ correctedErrors: 0, uncorrectedErrors: 1 },
    });
    expect(describeMemoryErrors(both)).toEqual([expect.stringMatching(/1 uncorrected memory error .* may be wrong/)]);
    expect(describeMemoryErrors(first)).toEqual([]);
  });
});
