import { expect, it } from 'vitest';
import { composeTrend } from '../../src/trend/trend.ts';
import { alexNetLevel, makeSweep } from '../support/measurements.ts';

const anchorOf = (runs: Parameters<typeof composeTrend>[0]): string | undefined =>
  composeTrend(runs, { levels: 'all' }).pooled?.[0]?.anchor;

it('takes the levels over which it pools from the network that sets the level, or else from the oldest network', () => {
  const level = { ...alexNetLevel, anchor: 'my-anchor-s0-1234abcd' };
  const runs = makeSweep([0], { level });
  const newest = runs.toSorted((a, b) => a.published.localeCompare(b.published)).at(-1)!;
  expect(anchorOf(runs)).toBe('alexnet');
  const withAnchor = runs.map((run) => (run === newest ? { ...run, config: { ...run.config, level: null } } : run));
  expect(anchorOf(withAnchor)).toBe(newest.network);
});
