import { describe, expect, it } from 'vitest';
import { levelSchema, type FixedLevel } from '../../src/config/level.ts';
import { crossingIndex, findCrossing, reachesLevel } from '../../src/results/crossing.ts';
import type { CurvePoint } from '../../src/results/measurement.ts';

const levelOf = (value: number, rule: Partial<FixedLevel['rule']> = {}): FixedLevel => ({
  ...levelSchema.parse({ metric: 'top5', rule }),
  value,
});

const curveOf = (...accuracies: number[]): CurvePoint[] =>
  accuracies.map((top5, index) => ({
    examples: (index + 1) * 100,
    epochs: index + 1,
    steps: (index + 1) * 10,
    macs: (index + 1) * 1e6,
    flops: (index + 1) * 2e6,
    paperTeraflopSecondDays: index + 1,
    trainingSeconds: index + 1,
    learningRate: 0.1,
    trainingLoss: 1,
    loss: 1,
    top1: top5 / 2,
    top5,
  }));

describe('reachesLevel', () => {
  it.each([
    [0.79066, 0.791, {}, true],
    [0.79049, 0.791, {}, false],
    [0.7905, 0.791, {}, true],
    [0.79066, 0.791, { roundToPoints: 0 }, false],
    [0.791, 0.791, { strict: true }, false],
    [0.792, 0.791, { strict: true }, true],
    [0.7904, 0.7904, {}, true],
    [0.7904, 0.7904, { roundToPoints: 0 }, true],
  ])('of an accuracy of %d, a level of %d and the rule %j is %s', (accuracy, value, rule, expected) => {
    expect(reachesLevel(accuracy, levelOf(value, rule))).toBe(expected);
  });
});

describe('findCrossing', () => {
  it('is the first evaluation at the level', () => {
    expect(findCrossing(curveOf(0.5, 0.8, 0.7, 0.8), levelOf(0.8))).toMatchObject({
      epochs: 2,
      examples: 200,
      accuracy: 0.8,
    });
  });

  it('requires the given number of evaluations in a row, and is the first of them', () => {
    const level = levelOf(0.8, { evaluationsInARow: 2 });
    expect(crossingIndex(curveOf(0.8, 0.7, 0.81, 0.82), level)).toBe(2);
    expect(crossingIndex(curveOf(0.8, 0.7, 0.81), level)).toBe(-1);
  });

  it('is null if the curve stays below the level or is empty', () => {
    expect(findCrossing(curveOf(0.5), levelOf(0.8))).toBeNull();
    expect(findCrossing([], levelOf(0.8))).toBeNull();
  });

  it('uses the averaged weights if the recipe keeps them', () => {
    const averaged = { loss: 1, top1: 0.4, top5: 0.85 };
    const curve = curveOf(0.7, 0.75).map((point) => ({ ...point, averaged }));
    expect(findCrossing(curve, levelOf(0.8))).toMatchObject({ epochs: 1, accuracy: 0.85 });
  });
});
