import { describe, expect, it } from 'vitest';
import { inferenceMacs } from '../../src/results/inference.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { trendOfMeasurements } from '../../src/trend/trend.ts';
import { makeSweep } from '../support/measurements.ts';

const [run] = makeSweep([0]);
const forward = run!.counts.forwardMacsPerExample;
const recipe = run!.config['recipe'] as object;

const withRecipe = (measurement: Measurement, keys: object): Measurement => ({
  ...measurement,
  config: { ...measurement.config, recipe: { ...recipe, ...keys } },
});
/** The step of a run with SAM has two forward passes, an evaluation has one. */
const withSam = (measurement: Measurement): Measurement => ({
  ...withRecipe(measurement, { sharpnessAware: { rho: 0.05 } }),
  counts: { ...measurement.counts, forwardMacsPerExample: 2 * measurement.counts.forwardMacsPerExample },
});

describe('the inference MACs of a run', () => {
  it('are those of one pass, although a step of SAM has two', () => {
    expect(inferenceMacs(run!)).toBe(forward);
    expect(inferenceMacs(withSam(run!))).toBe(forward);
    const [level] = trendOfMeasurements([withSam(run!)], { levels: 'own' });
    expect(level!.measures.forwardMacs!.points.map(({ value }) => value)).toEqual([forward]);
  });

  it('are those of one view of several', () => {
    const { evaluation } = run!.totals;
    const twice = { ...run!, totals: { ...run!.totals, evaluation: { ...evaluation, macs: 2 * evaluation.macs } } };
    expect(inferenceMacs(twice)).toBe(2 * forward);
    expect(inferenceMacs(withRecipe(twice, { multiCrop: { crops: 1, mirrored: true } }))).toBe(forward);
  });

  it('are the counted ones if the config is of another version', () => {
    expect(inferenceMacs(withRecipe(withSam(run!), { multiCrop: { nosuch: 1 } }))).toBe(2 * forward);
  });
});
