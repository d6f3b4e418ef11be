import { expect, it } from 'vitest';
import { extremes } from '../../../src/base/numbers/extremes.ts';

it('finds the smallest and the largest of more values than one function call can take', () => {
  expect(extremes(Float64Array.from({ length: 1_000_000 }, (_, i) => i - 7))).toEqual([-7, 999_992]);
  expect(extremes([])).toEqual([Infinity, -Infinity]);
});
