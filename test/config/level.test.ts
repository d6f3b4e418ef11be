import { describe, expect, it } from 'vitest';
import { checkLevel, checkOwnLevel, levelSchema } from '../../src/config/level.ts';
import { runSchema } from '../../src/config/run.ts';

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

describe('a level of a run', () => {
  const levelOf = (level: object) => levelSchema.parse({ metric: 'top1', ...level });
  const run = { network: { name: 'resnet18' }, data: { source: 'synthetic', input: 8, classes: 500 } };
  const messageOf = (level: object) =>
    runSchema.safeParse({ ...run, recipe: { batch: 4, epochs: 1, learningRate: 0.1 }, level: levelOf(level) }).error
      ?.issues[0]?.message;

  it('is refused if the rule rounds its value to 0 %', () => {
    expect(messageOf({ value: 0.0004 })).toMatch(/is 0.0004, which the rule rounds to 0 % \(roundToPoints 0.1\)/);
    expect(messageOf({ value: 0.0005 })).toBeUndefined();
    expect(messageOf({ value: 0.0004, rule: { roundToPoints: 0.01 } })).toBeUndefined();
    expect(messageOf({ value: 0.0004, rule: { strict: true } })).toBeUndefined();
    expect(messageOf({ value: 0.0004, rule: { roundToPoints: 0 } })).toBeUndefined();
  });

  it('has a value beside an anchor only if the anchor is a run of a sweep', () => {
    expect(() => {
      checkOwnLevel(levelOf({ value: 0.5, anchor: 'nosuch' }));
    }).toThrow(expect.objectContaining({ exitCode: 78, message: expect.stringMatching(/anchor nosuch/) as string }));
    for (const level of [{ value: 0.5, anchor: 'alexnet-s0-01234567' }, { value: 0.5 }, { anchor: 'nosuch' }])
      expect(() => {
        checkOwnLevel(levelOf(level));
      }).not.toThrow();
  });
});
