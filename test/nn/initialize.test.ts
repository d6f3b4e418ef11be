import { describe, expect, it } from 'vitest';
import { initialize } from '../../src/nn/initialize.ts';

const SHAPE = [64, 32, 3, 3];
const variance = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe('initialize', () => {
  it.each([
    ['kaiming normal, fan out', { kaimingNormal: 'fanOut' }, 2 / (64 * 9)],
    ['kaiming normal, fan in', { kaimingNormal: 'fanIn' }, 2 / (32 * 9)],
    ['uniform by fan in', { uniformFanIn: 288 }, 1 / (3 * 288)],
    ['kaiming uniform, gain 1', { kaimingUniform: 1 }, 1 / (32 * 9)],
    ['xavier uniform', { xavierUniform: 1 }, 2 / (96 * 9)],
    ['normal', { normal: 0.01 }, 1e-4],
  ] as const)('%s has the variance of its definition', (_, initializer, expected) => {
    const values = initialize(initializer, SHAPE, 3, 'layer.weight');
    // The variance of 18,432 normal numbers has a standard error of sqrt(2 / 18432) = 1 %, that of uniform ones less.
    expect(variance(values) / expected).toBeGreaterThan(0.95);
    expect(variance(values) / expected).toBeLessThan(1.05);
  });

  it('truncates a truncated normal at two standard deviations', () => {
    const values = initialize({ truncatedNormal: 0.5 }, SHAPE, 3, 'layer.weight');
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it('depends only on seed and name', () => {
    const draw = (seed: number, name: string) => initialize({ normal: 1 }, [10], seed, name);
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
  });
});
