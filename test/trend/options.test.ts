import { describe, expect, it } from 'vitest';
import { checkMetric, parseLevels } from '../../src/trend/options.ts';

const usageError = (message: RegExp): unknown =>
  expect.objectContaining({ exitCode: 64, message: expect.stringMatching(message) as string });

describe('parseLevels', () => {
  it('takes a level once, however it is written', () => {
    expect(parseLevels(['30%', '0.3', '0.30', 'AlexNet,AlexNet'])).toEqual([0.3, 'AlexNet']);
  });

  it('refuses all beside other levels', () => {
    expect(() => parseLevels(['all', '33%'])).toThrow(usageError(/^--level all has every level already/));
  });
});

describe('checkMetric', () => {
  it.each<[string, Parameters<typeof checkMetric>[1]]>([
    ['all levels', 'all'],
    ['an accuracy', [0.6, 'AlexNet']],
  ])('accepts a metric for %s', (_, levels) => {
    expect(() => {
      checkMetric('top5', levels);
    }).not.toThrow();
  });

  it.each<[string, Parameters<typeof checkMetric>[1]]>([
    ["the measurements' own levels", 'own'],
    ['the name of a level', ['AlexNet']],
  ])('refuses a metric for %s', (_, levels) => {
    expect(() => {
      checkMetric('top5', levels);
    }).toThrow(usageError(/^--metric top5 has no effect/));
  });
});
