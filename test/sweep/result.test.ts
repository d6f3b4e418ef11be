import { expect, it } from 'vitest';
import { levelSchema } from '../../src/config/level.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import type { PlannedRun } from '../../src/results/sweep-plan.ts';
import { levelSetBy } from '../../src/sweep/result.ts';

it('an anchor whose accuracy rounds to 0 % sets no level, because every network would reach it', () => {
  const run = { level: levelSchema.parse({ metric: 'top1' }) } as PlannedRun;
  const setBy = (top1: number) => levelSetBy(run, { status: 'finished', curve: [{ top1 }] } as unknown as Measurement);
  expect([0, 0.0004, 0.0005, 0.5].map(setBy)).toEqual([undefined, undefined, 0.0005, 0.5]);
});
