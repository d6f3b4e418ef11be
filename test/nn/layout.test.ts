import { describe, expect, it } from 'vitest';
import { tensorflowShape, toPyTorch, toTensorflow } from '../../src/nn/layout.ts';

const numbered = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);

const at = (values: Float32Array, shape: readonly number[], index: readonly number[]): number =>
  values[index.reduce((flat, i, dimension) => flat * shape[dimension]! + i, 0)]!;

describe('layouts', () => {
  it('a convolution [o, i, y, x] is stored as [y, x, i, o]', () => {
    const shape = [2, 3, 4, 5];
    const values = numbered(shape);
    const moved = toTensorflow(values, shape, 'convolution');
    const movedShape = tensorflowShape(shape, 'convolution');
    expect(movedShape).toEqual([4, 5, 3, 2]);
    for (const [o, i, y, x] of [
      [0, 0, 0, 0],
      [1, 2, 3, 4],
      [1, 0, 2, 3],
      [0, 2, 1, 0],
    ] as const)
      expect(at(moved, movedShape, [y, x, i, o])).toBe(at(values, shape, [o, i, y, x]));
    expect(toPyTorch(moved, shape, 'convolution')).toEqual(values);
  });

  it('a depthwise filter [c m, 1, y, x] is stored as [y, x, c, m]', () => {
    const shape = [6, 1, 2, 2];
    const values = numbered(shape);
    const moved = toTensorflow(values, shape, 'depthwise');
    const movedShape = tensorflowShape(shape, 'depthwise', 3);
    expect(movedShape).toEqual([2, 2, 3, 2]);
    for (const [c, m, y, x] of [
      [0, 1, 0, 1],
      [2, 0, 1, 0],
      [1, 1, 1, 1],
    ] as const)
      expect(at(moved, movedShape, [y, x, c, m])).toBe(at(values, shape, [c * 2 + m, 0, y, x]));
    expect(toPyTorch(moved, shape, 'depthwise')).toEqual(values);
  });
});
