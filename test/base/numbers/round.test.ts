import { expect, it } from 'vitest';
import { roundHalfToEven } from '../../../src/base/numbers/round.ts';

it('a number halfway between two whole numbers is rounded to the even one', () => {
  expect([0.5, 1.5, 2.5, 22.5, 2.4, 2.6, 3].map(roundHalfToEven)).toEqual([0, 2, 2, 22, 2, 3, 3]);
});
