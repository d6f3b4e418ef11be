import { describe, expect, it } from 'vitest';
import { checkLevel, levelSchema } from '../../src/config/level.ts';

const level = (metric: string, value?: number) => levelSchema.parse({ metric, value });

describe('checkLevel', () => {
  it.each([
    ['top5', 1, /dataset has 1 class: top-5 accuracy would always be 100 %/],
    ['top5', 5, /dataset has 5 classes: top-5 accuracy would always be 100 %, use top1/],
    ['top1', 1, /dataset has 1 class: top-1 accuracy would always be 100 %/],
  ])('refuses %s with %i classes', (metric, classes, message) => {
    expect(() => checkLevel(level(metric, 0.9), classes)).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringMatching(message) as string }),
    );
  });

  it.each([
    ['top5', 6, 0.9, 'with 6 classes guessing reaches a top-5 accuracy of 83.3 %'],
    ['top5', 19, undefined, 'with 19 classes guessing reaches a top-5 accuracy of 26.3 %'],
    ['top5', 20, 0.9, undefined],
    ['top1', 2, 0.9, undefined],
    [
      'top1',
      4,
      0.25,
      'with 4 classes guessing reaches a top-1 accuracy of 25.0 %, and the level is 25.0 %',
    ],
    [
      'top5',
      100,
      0.04,
      'with 100 classes guessing reaches a top-5 accuracy of 5.0 %, and the level is 4.0 %',
    ],
  ])('of %s with %i classes and the level %d warns: %s', (metric, classes, value, warning) => {
    expect(checkLevel(level(metric, value), classes)).toBe(warning);
  });
});
