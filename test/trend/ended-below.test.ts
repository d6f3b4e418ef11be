import { expect, it } from 'vitest';
import { levelGrid } from '../../src/trend/levels.ts';
import { composeTrend, trendOfMeasurements } from '../../src/trend/trend.ts';
import { alexNetLevel, makeMeasurement, makeSweep } from '../support/measurements.ts';

const sweep = makeSweep([0]);
const low = { ...alexNetLevel, value: 0.6 };
/** A run that ended at 60 %, below the level of the sweep. */
const short = makeMeasurement({ network: 'alexnet', seed: 7, level: low, stopAtLevel: true });
const atAlexNet = [alexNetLevel.value];

it('leaves out a seed that ended at a lower level of its own, with a note', () => {
  const [alone] = trendOfMeasurements(sweep, { levels: atAlexNet });
  const [both] = trendOfMeasurements([...sweep, short], { levels: atAlexNet });
  expect({ ...both, notes: alone!.notes }).toEqual(alone);
  expect(both!.notes).toContain(
    '1 run of alexnet ended at another level before this one: left out, because what they need for this level is unknown',
  );
});

it('does not say that a network is below a level before which its runs ended', () => {
  const [level] = trendOfMeasurements([...sweep, { ...short, id: 'short', network: 'short' }], { levels: atAlexNet });
  expect(level!.notReached).toEqual([]);
  expect(level!.points.map(({ network }) => network)).not.toContain('short');
});

it('takes such a run at the levels that it reached', () => {
  const [level] = trendOfMeasurements([...sweep, short], { levels: [0.5] });
  expect(level!.points.find(({ network }) => network === 'alexnet')).toMatchObject({ seeds: 2, seedsAtLevel: 2 });
});

it('has no levels in the grid before which a run ended', () => {
  const highest = (runs: Parameters<typeof levelGrid>[0]) => levelGrid(runs).at(-1)!.value;
  expect(highest(sweep)).toBeGreaterThan(0.7);
  expect(highest([...sweep, short])).toBeLessThanOrEqual(0.6);
  expect(composeTrend([...sweep, short], { levels: 'all' }).pooled![0]!.levels.at(-1)).toBeLessThanOrEqual(0.6);
});
