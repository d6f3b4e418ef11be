import { describe, expect, it } from 'vitest';
import { halvingEpochs, planRungs, countSurvivors } from '../../../src/sweep/search/rungs.ts';

const schedule = (epochs: number, every = 0.25, warmupEpochs = 0) => ({ epochs, every, warmupEpochs });

describe('planRungs', () => {
  it('halves a group until one trial is left, at most three times', () => {
    expect(planRungs(schedule(8), 1)).toEqual([8]);
    expect(planRungs(schedule(8), 2)).toEqual([4, 8]);
    expect(planRungs(schedule(8), 4)).toEqual([2, 4, 8]);
    expect(planRungs(schedule(8), 100)).toEqual([1, 2, 4, 8]);
  });

  it('rounds a rung up to the next evaluation, and takes none within the warm-up', () => {
    expect(planRungs(schedule(3, 1), 4)).toEqual([1, 2, 3]);
    expect(planRungs(schedule(2, 2), 4)).toEqual([2]);
    expect(planRungs(schedule(8, 0.25, 2), 4)).toEqual([4, 8]);
  });
});

describe('halvingEpochs', () => {
  it('adds the epochs that every rung trains', () => {
    // Four trials train to epoch 2, two of them to 4, and one of them to 8.
    expect([0, 1, 2].map((rung) => countSurvivors(4, rung))).toEqual([2, 1, 1]);
    expect(halvingEpochs([2, 4, 8], 4)).toBe(4 * 2 + 2 * 2 + 1 * 4);
    expect(halvingEpochs([8], 1)).toBe(8);
  });
});
