import { expect, it } from 'vitest';
import type { Measurement } from '../../src/results/measurement.ts';
import { composeTrend, trendOfMeasurements } from '../../src/trend/trend.ts';
import { makeMeasurement, makeSweep } from '../support/measurements.ts';

/** The same measurement, as if its run had started from pretrained weights. */
const fromWeights = (run: Measurement): Measurement => ({
  ...run,
  config: {
    ...run.config,
    recipe: {
      ...(run.config['recipe'] as object),
      initialWeights: { file: '/w.safetensors', sha256: 'a'.repeat(64) },
    },
  },
});

const sweep = makeSweep([0]);
const fast = fromWeights(
  makeMeasurement({ id: 'tuned', network: 'tuned', published: '2020-01-01', epochsToLevel: 1, epochs: 5 }),
);

it('leaves runs from pretrained weights out of every fit, with a note at the level', () => {
  const options = { levels: 'own', counts: 'paper' } as const;
  const [alone] = composeTrend(sweep, options).levels;
  const [both] = composeTrend([...sweep, fast], options).levels;
  expect({ ...both, notes: alone!.notes }).toEqual(alone);
  expect(both!.notes).toContain(
    '1 run of tuned started from pretrained weights: left out, because the compute of the pretraining is not counted',
  );
});

it('leaves such runs out of the doubling time over all levels too', () => {
  const pooled = (runs: readonly Measurement[]) => composeTrend(runs, { levels: 'all' }).pooled;
  expect(pooled([...sweep, fast])).toEqual(pooled(sweep));
});

it('gives no trend for such runs alone', () => {
  expect(trendOfMeasurements([fast], { levels: 'own' })).toEqual([]);
  expect(() => composeTrend([fast], { levels: 'own' })).toThrow(
    /every measurement is of a run from pretrained weights/,
  );
});
