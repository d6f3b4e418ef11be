import { describe, expect, it } from 'vitest';
import { formatPercent, formatSeconds, groupDigits, formatWithSiPrefix } from '../../src/base/format.ts';

describe('withPrefix', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [1000, '1 k'],
    [1234, '1.23 k'],
    [999_600, '1.00 M'],
    [714_188_480, '714 M'],
    [8.64e16, '86.4 P'],
    [3e27, '3000 Y'],
  ])('%d is %s', (value, text) => {
    expect(formatWithSiPrefix(value)).toBe(text);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 00 min'],
    [90_000, '1 d 1 h'],
    [Infinity, '–'],
  ])('%d is %s', (value, text) => {
    expect(formatSeconds(value)).toBe(text);
  });
});

it('writes percent and groups digits', () => {
  expect(formatPercent(0.79066)).toBe('79.1 %');
  expect(groupDigits(1_281_167.4)).toBe('1,281,167');
});
