import { describe, expect, it } from 'vitest';
import { drawSettings } from '../../../src/sweep/search/candidates.ts';

const lists = { 'recipe.learningRate': [0.1, 0.2], 'recipe.epochs': [4, 8, 16] };
const range = { 'recipe.learningRate': { min: 0.01, max: 0.4, scale: 'log' as const } };

describe('drawSettings', () => {
  it('gives every combination of lists', () => {
    const all = drawSettings(lists);
    expect(all).toHaveLength(6);
    expect(new Set(all.map((settings) => JSON.stringify(settings))).size).toBe(6);
    expect(all[0]).toEqual({ 'recipe.learningRate': 0.1, 'recipe.epochs': 4 });
  });

  it('gives one trial without keys', () => {
    expect(drawSettings({})).toEqual([{}]);
  });

  it('gives fewer settings on request, which are all different and the first of a longer list', () => {
    const four = drawSettings(lists, 4);
    expect(new Set(four.map((settings) => JSON.stringify(settings))).size).toBe(4);
    expect(drawSettings(lists, 5).slice(0, 4)).toEqual(four);
  });

  it('spreads a range evenly on its scale, within its ends and with three digits', () => {
    const rates = drawSettings(range, 64).map((settings) => settings['recipe.learningRate']!);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.01);
    expect(Math.max(...rates)).toBeLessThanOrEqual(0.4);
    // About half of the values lie below the geometric mean.
    const lower = rates.filter((rate) => rate < Math.sqrt(0.01 * 0.4)).length;
    expect(Math.abs(lower - 32)).toBeLessThanOrEqual(1);
    expect(rates.every((rate) => Number(rate.toPrecision(3)) === rate)).toBe(true);
    expect(drawSettings(range)).toHaveLength(12);
  });

  it('refuses more keys than it can spread', () => {
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`recipe.k${i}`, [1, 2]]));
    expect(() => drawSettings(many)).toThrow(RangeError);
  });

  it('takes as many digits as a narrow range needs', () => {
    for (const [min, max] of [
      [1.0001, 1.0002],
      [0.1, 0.1001],
      [-1000.5, -1000],
    ] as const) {
      const values = drawSettings({ 'recipe.learningRate': { min, max, scale: 'linear' } }).map(
        (settings) => settings['recipe.learningRate']!,
      );
      expect(new Set(values).size).toBe(12);
      expect(values.every((value) => value >= min && value <= max)).toBe(true);
    }
    const momentum = drawSettings({ 'recipe.optimizer.momentum': { min: 0.9, max: 0.99, scale: 'linear' } });
    expect(momentum[0]).toEqual({ 'recipe.optimizer.momentum': 0.945 });
  });

  it('refuses more settings than the values give', () => {
    expect(() => drawSettings({ 'recipe.learningRate': { min: 0.9, max: 0.99, scale: 'linear' } }, 1000)).toThrow(
      /give 91 different trials, expected 1000: .* add --trials 91/,
    );
  });
});
