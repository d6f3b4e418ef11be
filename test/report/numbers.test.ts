import { expect, test } from 'vitest';
import { duration, factor, plural, significant } from '../../src/report/numbers.ts';

test.each([
  [0, '0'],
  [3.0812, '3.08'],
  [44.444, '44.4'],
  [0.00123456, '0.00123'],
  [37_500, '37,500'],
  [0.0000123, '1.23 × 10⁻⁵'],
  [1e-7, '10⁻⁷'],
  [7.43e18, '7.43 × 10¹⁸'],
  [100, '100'],
])('%d is read as %s', (value, text) => {
  expect(significant(value)).toBe(text);
});

test.each([
  [44.44, '44.4×'],
  [7_432_100, '7.43 million×'],
])('the factor %d is read as %s', (value, text) => {
  expect(factor(value)).toBe(text);
});

test.each([
  [0.25, '0.25 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [725, '12 min 5 s'],
  [12_000, '3 h 20 min'],
  [187_200, '2 d 4 h'],
])('%d seconds are read as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('one network, two networks', () => {
  expect([plural(1, 'network'), plural(2, 'network')]).toEqual(['1 network', '2 networks']);
});
