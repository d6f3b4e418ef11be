import { describe, expect, it } from 'vitest';
import { countEvaluations } from '../../src/config/evaluations.ts';
import type { RunConfig } from '../../src/config/run.ts';
import { isEvaluationDue } from '../../src/train/plan.ts';

/** The evaluations of a run of `steps` steps, one by one as the training loop decides. */
function listEvaluations(steps: number, batch: number, evaluateEvery: number): number[] {
  const config = { recipe: { batch } } as RunConfig;
  const plan = { config, trainExamples: 64, steps, evaluateEvery, level: null };
  return Array.from({ length: steps }, (_, i) => i + 1).filter((step) => isEvaluationDue(plan, step));
}

describe('countEvaluations', () => {
  it('counts those of batches of 24 that pass over 64 images', () => {
    expect(listEvaluations(6, 24, 64)).toEqual([3, 6]);
    expect(countEvaluations(6, 24, 64)).toBe(2);
  });

  it('counts as many as a run makes', () => {
    for (const steps of [1, 2, 3, 7, 20])
      for (const batch of [1, 7, 24, 32])
        for (const interval of [1, 6, 7, 8, 23.9, 24, 33, 64 / 3, 64, 1000])
          expect(countEvaluations(steps, batch, interval)).toBe(listEvaluations(steps, batch, interval).length);
  });
});
