import { expect, test } from 'vitest';
import { factor, significant } from '../../src/report/numbers.ts';

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
])('writes %d as %s', (value, text) => {
  expect(significant(value)).toBe(text);
});

test.each([
  [44.44, '44.4×'],
  [7_432_100, '7.43 million×'],
])('writes the factor %d as %s', (value, text) => {
  expect(factor(value)).toBe(text);
});
