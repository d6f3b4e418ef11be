import { expect, test } from 'vitest';
import { dateAxis, linearAxis, logAxis, logTicks } from '../../src/report/charts/axes.ts';

const ranges: [number, number][] = [
  [0.05, 4],
  [1e-7, 1e-2],
  [1, 7.5e6],
  [2, 3],
  [1e-12, 1e12],
  [0.99, 101],
];

test.each(ranges)('between %d and %d there are 1 to 13 round ticks in rising order', (low, high) => {
  const ticks = logTicks(low, high);
  expect(ticks.length).toBeGreaterThanOrEqual(1);
  expect(ticks.length).toBeLessThanOrEqual(13);
  for (const tick of ticks) {
    expect(tick).toBeGreaterThanOrEqual(low);
    expect(tick).toBeLessThanOrEqual(high);
    expect(tick.toExponential()).toMatch(/^[1235]e/);
  }
  expect(ticks.toSorted((a, b) => a - b)).toEqual(ticks);
});

test('the axis of a single value has room around it', () => {
  const [low, high] = logAxis('y', '', [0.5]).scale.domain;
  expect([low! < 0.5, high! > 0.5]).toEqual([true, true]);
  const [from, to] = linearAxis('y', '', [80]).scale.domain;
  expect([from! < 80, to! > 80]).toEqual([true, true]);
  expect(JSON.stringify(dateAxis('', ['2012-06-01']))).not.toMatch(/null|NaN|Infinity/);
});
