import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExactPercent,
  formatFlops,
  formatInterval,
  formatMetric,
  formatMonths,
  formatNumber,
  formatPercent,
  formatWithSiPrefix,
  groupDigits,
} from '../../src/base/format.ts';

describe('formatWithSiPrefix', () => {
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

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 00 min'],
    [90_000, '1 d 1 h'],
    [11_100, '3 h 05 min'],
    [Infinity, '–'],
    [null, '–'],
  ])('%s seconds are %s', (value, text) => {
    expect(formatDuration(value)).toBe(text);
  });
});

it('writes operations and bytes with their unit', () => {
  expect([0, 999, 1.5e9, 2.34e18].map(formatFlops)).toEqual(['0 FLOP', '999 FLOP', '1.50 GFLOP', '2.34 EFLOP']);
  expect([512, 4096, 84.9e9, null].map(formatBytes)).toEqual(['512 bytes', '4.1 kB', '84.9 GB', '–']);
});

describe('percentages', () => {
  it('have one decimal; a tie is rounded up, as in the rule of a level', () => {
    expect([0.79066, 0.5165, 0.6, 1, null].map(formatPercent)).toEqual(['79.1 %', '51.7 %', '60.0 %', '100.0 %', '–']);
  });
  it('that name a level keep up to three decimals', () => {
    expect([0.6, 0.605, 0.79066, 0.9975].map(formatExactPercent)).toEqual(['60.0 %', '60.5 %', '79.066 %', '99.75 %']);
  });
});

it('writes three significant digits, and exponents for very large and very small numbers', () => {
  expect([44.444, 1234, 0.069321, 7_432_100, 1.234e-7, 0, null].map((value) => formatNumber(value))).toEqual([
    ...['44.4', '1,230', '0.0693', '7.43e+6', '1.23e-7', '0', '–'],
  ]);
});

it('writes months, intervals, counts and metrics', () => {
  expect(formatMonths(16.04)).toBe('16.0');
  expect([formatInterval([14.1, 18.24]), formatInterval([9.3, null]), formatInterval(null)]).toEqual([
    ...['14.1 to 18.2', '9.3 to no bound', '–'],
  ]);
  expect([formatCount(1, 'network'), formatCount(2, 'network')]).toEqual(['1 network', '2 networks']);
  expect([formatCount(1, 'more class'), formatCount(0, 'process')]).toEqual(['1 more class', '0 processes']);
  expect([formatMetric('top1'), formatMetric('top5')]).toEqual(['top-1', 'top-5']);
  expect([groupDigits(1_281_167.4), groupDigits(2n ** 60n)]).toEqual(['1,281,167', '1,152,921,504,606,846,976']);
});
