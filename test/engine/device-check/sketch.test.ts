import { describe, expect, it } from 'vitest';
import { relativeDistance, createSketch } from '../../../src/engine/device-check/sketch.ts';

/** Reproducible numbers from -1 to 1. */
const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * (seed + 1) * 12.9898));

describe('createSketch', () => {
  it('estimates the relative distance of two tensors within a third', () => {
    const a = numbers(100_000, 1);
    for (const scale of [1e-5, 1e-2, 1]) {
      const noise = numbers(100_000, 7);
      const b = a.map((x, i) => x + scale * noise[i]!);
      const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
      const exact = norm(a.map((x, i) => x - b[i]!)) / norm(a);
      const estimate = relativeDistance(createSketch(a), createSketch(b));
      expect(estimate / exact).toBeGreaterThan(2 / 3);
      expect(estimate / exact).toBeLessThan(4 / 3);
    }
  });

  it('finds one wrong element of a million', () => {
    const a = numbers(1_000_000, 3);
    const b = Float32Array.from(a);
    b[765_432] = b[765_432]! + 1;
    expect(relativeDistance(createSketch(a), createSketch(b)) * createSketch(a).norm).toBeCloseTo(1, 3);
    expect(relativeDistance(createSketch(a), createSketch(a))).toBe(0);
  });

  it('finds exchanged elements, although sum and norm stay the same', () => {
    const a = Float32Array.from([1, 2, 3, 4]);
    const b = Float32Array.from([2, 1, 3, 4]);
    expect(relativeDistance(createSketch(a), createSketch(b))).toBeGreaterThan(0.1);
  });

  it('gives an infinite distance for another size and for other non-finite elements', () => {
    const a = createSketch(Float32Array.from([1, 2]));
    expect(relativeDistance(a, createSketch(Float32Array.from([1, 2, 0])))).toBe(Infinity);
    expect(relativeDistance(a, createSketch(Float32Array.from([1, Number.NaN])))).toBe(Infinity);
  });
});
