import { describe, expect, it } from 'vitest';
import { checkCounts, checkMetric, parseLevels, parsePeriod } from '../../src/trend/options.ts';

const usageError = (message: RegExp): unknown =>
  expect.objectContaining({ exitCode: 64, message: expect.stringMatching(message) as string });

describe('parseLevels', () => {
  it('takes a level once, however it is written', () => {
    expect(parseLevels(['30%', '0.3', '0.30', 'AlexNet,AlexNet'])).toEqual([0.3, 'AlexNet']);
  });

  it('takes a percentage for exactly the fraction that it is', () => {
    expect(parseLevels(['79.1%', '0.791', '57.3%', '1e-1', '100%', '+.6'])).toEqual([0.791, 0.573, 0.1, 1, 0.6]);
  });

  it('takes other forms of numbers as names', () => {
    expect(parseLevels(['0x1', '1_0%', 'Infinity', '0b1'])).toEqual(['0x1', '1_0%', 'Infinity', '0b1']);
  });

  it('takes a number that is not an accuracy only for points, as a part of a name', () => {
    expect(parseLevels(['34.8', '60%'], true)).toEqual(['34.8', 0.6]);
    expect(() => parseLevels(['34.8'])).toThrow(usageError(/^--level 34.8 is not an accuracy/));
  });

  it('refuses all beside other levels', () => {
    expect(() => parseLevels(['all', '33%'])).toThrow(usageError(/^--level all has every level already/));
  });
});

describe('parsePeriod', () => {
  it('takes years that networks can have', () => {
    expect(parsePeriod('2012..2018')).toEqual([2012, 2018]);
    expect(parsePeriod('1943..2199')).toEqual([1943, 2199]);
  });

  it.each(['1000..9999', '1942..2018', '2012..2200', '2018..2012', '2012..2012', '2012-2018'])('refuses %s', (text) => {
    expect(() => parsePeriod(text)).toThrow(
      usageError(/^--period is .*, expected two years from 1943 to 2199 in ascending order, such as 2012..2018$/),
    );
  });
});

describe('checkMetric', () => {
  it.each<[string, Parameters<typeof checkMetric>[1]]>([
    ['all levels', 'all'],
    ['an accuracy', [0.6, 'AlexNet']],
  ])('accepts a metric for %s', (_, levels) => {
    expect(() => {
      checkMetric('top5', levels, 2);
    }).not.toThrow();
  });

  it.each<[string, Parameters<typeof checkMetric>[1]]>([
    ["the measurements' own levels", 'own'],
    ['the name of a level', ['AlexNet']],
  ])('refuses a metric for %s', (_, levels) => {
    expect(() => {
      checkMetric('top5', levels, 2);
    }).toThrow(usageError(/^--metric top5 has no effect/));
  });

  it('refuses a metric without measurements', () => {
    expect(() => {
      checkMetric('top5', [0.791], 0);
    }).toThrow(usageError(/^--metric top5 has no effect: it chooses the accuracy of measurements/));
  });
});

describe('checkCounts', () => {
  it('refuses counts for files of points alone', () => {
    const check = (areCounted: boolean) => () => {
      checkCounts('exact', areCounted);
    };
    expect(check(false)).toThrow(usageError(/^--counts exact has no effect: the compute of --points is taken/));
    expect(check(true)).not.toThrow();
  });
});
