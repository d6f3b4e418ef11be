import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/results/measurement.ts';
import { searchEpochs } from '../../src/train/search.ts';
import { makeMeasurement } from '../support/measurements.ts';

/** A trial that reaches the level with a schedule of at least `needed` epochs, at 0.9 of its length. */
const trialNeeding =
  (needed: number, tried: number[] = []) =>
  (epochs: number): Promise<Measurement> => {
    tried.push(epochs);
    const made = makeMeasurement({ epochs: 90 });
    const crossing = { ...made.crossing!, epochs: epochs * 0.9, flops: epochs * 0.9e15 };
    return Promise.resolve({ ...made, crossing: epochs >= needed ? crossing : null });
  };
const plan = { longest: 90, shortest: 1, precision: 0.1 };

describe('searchEpochs', () => {
  it.each([2, 7.3, 20, 53, 88])('finds %f epochs with a precision of ten percent', async (needed) => {
    const tried: number[] = [];
    const { best } = await searchEpochs(plan, trialNeeding(needed, tried));
    expect(best!.epochs).toBeGreaterThanOrEqual(needed);
    expect(best!.epochs).toBeLessThanOrEqual(needed * 1.1 + 0.1);
    expect(tried[0]).toBe(90);
    expect(new Set(tried).size).toBe(tried.length);
    // Bisection halves the interval from log 1 to log 90 until it is shorter than log 1.1.
    expect(tried.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(Math.log(90) / Math.log(1.1))));
  });

  it('tries no shorter schedule if the longest does not reach the level', async () => {
    const { best, tries } = await searchEpochs(plan, trialNeeding(91));
    expect(best).toBeUndefined();
    expect(tries.map(({ epochs }) => epochs)).toEqual([90]);
  });

  it('repeats the same tries, so that a search can be resumed', async () => {
    const [first, second]: [number[], number[]] = [[], []];
    await searchEpochs(plan, trialNeeding(20, first));
    await searchEpochs(plan, trialNeeding(20, second));
    expect(second).toEqual(first);
  });

  it('returns the try with the least compute, not the last', async () => {
    const noisy = async (epochs: number): Promise<Measurement> => {
      const made = await trialNeeding(5)(epochs);
      return epochs === 90 ? { ...made, crossing: { ...made.crossing!, flops: 1 } } : made;
    };
    expect((await searchEpochs(plan, noisy)).best!.epochs).toBe(90);
  });
});
