import { describe, expect, it } from 'vitest';
import { findExtremeValues, extremeValueText } from '../../src/results/limits.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { makeMeasurement } from '../support/measurements.ts';

const textsOf = (change: (copy: Measurement) => void): string[] => {
  const copy = makeMeasurement({ epochs: 3, epochsToLevel: 2 });
  change(copy);
  return findExtremeValues(copy).map(extremeValueText);
};

describe('findExcesses', () => {
  it('finds nothing in the measurement of a run', () => {
    expect(textsOf(() => undefined)).toEqual([]);
  });

  it.each<[RegExp, (copy: Measurement) => void]>([
    [/^network is a name of 10000 characters/, (copy) => (copy.network = 'a'.repeat(10_000))],
    [/^published is 0001-01-01, expected a date/, (copy) => (copy.published = '0001-01-01')],
    [/^published is 9999-12-31, expected a date/, (copy) => (copy.published = '9999-12-31')],
    [/^curve\[1\]\.flops is 1e\+308/, (copy) => (copy.curve[1]!.flops = 1e308)],
    [/^totals\.seconds\.tracing is 1e-320/, (copy) => (copy.totals.seconds.tracing = 1e-320)],
    [/^curve\[0\]\.loss is 1e\+300/, (copy) => (copy.curve[0]!.loss = 1e300)],
  ])('reports that a value is out of range: %s', (text, change) => {
    expect(textsOf(change)).toEqual([expect.stringMatching(text)]);
  });

  it('accepts a learning rate close to 0 and a loss that is about to diverge', () => {
    expect(textsOf((copy) => (copy.curve[0]!.learningRate = 1e-300))).toEqual([]);
    expect(textsOf((copy) => (copy.curve[0]!.loss = 3e38))).toEqual([]);
  });
});
