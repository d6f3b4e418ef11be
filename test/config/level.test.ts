import { describe, expect, it } from 'vitest';
import { checkLevel } from '../../src/config/level.ts';

describe('checkLevel', () => {
  it.each([
    ['top5', 1, /dataset has 1 class: top-5 accuracy would always be 100 %/],
    ['top5', 5, /dataset has 5 classes: top-5 accuracy would always be 100 %, use top1/],
    ['top1', 1, /dataset has 1 class: top-1 accuracy would always be 100 %/],
  ] as const)('refuses %s with %i classes', (metric, classes, message) => {
    expect(() => checkLevel({ metric }, classes)).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringMatching(message) as string }),
    );
  });

  it.each([
    ['top5', 6, 'with 6 classes, random guesses reach a top-5 accuracy of 83.3 %'],
    ['top5', 19, 'with 19 classes, random guesses reach a top-5 accuracy of 26.3 %'],
    ['top5', 20, undefined],
    ['top1', 2, undefined],
  ] as const)('of %s with %i classes returns the warning "%s"', (metric, classes, warning) => {
    expect(checkLevel({ metric }, classes)).toBe(warning);
  });
});
