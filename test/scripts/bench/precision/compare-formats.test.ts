import { describe, expect, it } from 'vitest';
import {
  compareDifferences,
  compareFormats,
  estimateMean,
  isWithinSpread,
  spreadOfThree,
} from '../../../../scripts/bench/precision/compare-formats.ts';
import type { Format, Library, PrecisionRun } from '../../../../scripts/bench/precision/precision-runs.ts';

const runOf = (library: Library, precision: Format, seed: number, top1: number, trainingLoss = 1): PrecisionRun => ({
  ...{ library, precision, seed, top1, trainingLoss },
  ...{ images: 4000, epochs: 5, commit: 'c', trainingSeconds: 1, parameters: 1, curve: [] },
});

/** Runs of both formats; the seeds count from 0. */
const runsOf = (library: Library, full: readonly number[], half: readonly number[]): PrecisionRun[] => [
  ...full.map((top1, seed) => runOf(library, 'float32', seed, top1)),
  ...half.map((top1, seed) => runOf(library, 'bfloat16', seed, top1)),
];

describe('the spread of three seeds', () => {
  it('is the range of three values', () => {
    expect(spreadOfThree([0.46, 0.45, 0.47])).toBeCloseTo(0.02, 12);
  });

  it('is the mean range of all choices of three from more values', () => {
    // (1, 2, 4): 3; (1, 2, 8): 7; (1, 4, 8): 7; (2, 4, 8): 6.
    expect(spreadOfThree([8, 1, 4, 2])).toBeCloseTo((3 + 7 + 7 + 6) / 4, 12);
  });

  it('does not grow if every value occurs twice as often', () => {
    const values = [1, 2, 3, 4, 5, 6];
    expect(spreadOfThree([...values, ...values])).toBeLessThan(spreadOfThree(values));
  });

  it('is not a number for fewer than three values', () => {
    expect(spreadOfThree([1, 2])).toBeNaN();
  });
});

describe('the comparison of the formats', () => {
  const runs = runsOf('doubletime', [0.46, 0.47, 0.45], [0.45, 0.46, 0.41]);

  it('pairs the runs by seed', () => {
    const { difference, float32, bfloat16 } = compareFormats(runs.toReversed(), 'doubletime', 'top1')!;
    expect(float32).toEqual({
      mean: expect.closeTo(0.46, 12) as number,
      deviation: expect.closeTo(0.01, 12) as number,
    });
    expect(bfloat16.mean).toBeCloseTo(0.44, 12);
    // The differences are -0.01, -0.01 and -0.04: the standard deviation is sqrt(0.0003), over sqrt(3).
    expect(difference).toEqual({
      mean: expect.closeTo(-0.02, 12) as number,
      standardError: expect.closeTo(0.01, 12) as number,
    });
  });

  it('leaves out seeds that one format misses, and other libraries', () => {
    const more = [...runs, runOf('doubletime', 'float32', 7, 0.9), ...runsOf('pytorch', [0.1], [0.2])];
    expect(compareFormats(more, 'doubletime', 'top1')).toEqual(compareFormats(runs, 'doubletime', 'top1'));
    expect(compareFormats(more, 'pytorch', 'top1')!.seeds).toEqual([0]);
    expect(compareFormats(runs, 'pytorch', 'top1')).toBeUndefined();
  });

  it('holds only if the means differ by at most the spread of three seeds of float32', () => {
    const holds = (half: readonly number[]) =>
      isWithinSpread(compareFormats(runsOf('doubletime', [0.46, 0.47, 0.45], half), 'doubletime', 'top1')!);
    expect(holds([0.45, 0.45, 0.43])).toBe(true);
    expect(holds([0.44, 0.44, 0.43])).toBe(false);
    expect(holds([0.49, 0.49, 0.47])).toBe(false);
    expect(holds([0.46, 0.47])).toBeUndefined();
  });

  it('gives no standard error for one seed', () => {
    expect(estimateMean([0.5])).toEqual({ mean: 0.5, standardError: Number.NaN });
  });

  it('adds the variances of two libraries', () => {
    const theirs = compareFormats(runsOf('pytorch', [0.5, 0.5, 0.5], [0.5, 0.5, 0.47]), 'pytorch', 'top1')!;
    const { mean, standardError } = compareDifferences(compareFormats(runs, 'doubletime', 'top1')!, theirs);
    expect(mean).toBeCloseTo(-0.01, 12);
    expect(standardError).toBeCloseTo(Math.sqrt(2) * 0.01, 12);
  });
});
