import { expect, it } from 'vitest';
import { addGradients, summarizeErrors } from '../../../../scripts/bench/precision/gradients.ts';

const summarize = (full: number[], half: number[]) => {
  const sums = { products: 0, full: 0, half: 0, difference: 0 };
  addGradients(sums, Float32Array.from(full), Float32Array.from(half));
  return summarizeErrors(sums);
};

it('finds no error in equal gradients', () => {
  expect(summarize([3, 4], [3, 4])).toEqual({ relativeError: 0, projection: 1, normRatio: 1 });
});

it('tells a gradient that is shrunk from one that points elsewhere', () => {
  expect(summarize([3, 4], [1.5, 2])).toEqual({ relativeError: 0.5, projection: 0.5, normRatio: 0.5 });
  const turned = summarize([3, 4], [4, 3]);
  expect(turned.normRatio).toBe(1);
  expect(turned.projection).toBeCloseTo(24 / 25, 12);
  expect(turned.relativeError ** 2).toBeCloseTo(2 * (1 - turned.projection), 12);
});

it('adds up tensors', () => {
  const sums = { products: 0, full: 0, half: 0, difference: 0 };
  addGradients(sums, Float32Array.of(1), Float32Array.of(1));
  addGradients(sums, Float32Array.of(1, 1), Float32Array.of(1, 0));
  expect(sums).toEqual({ products: 2, full: 3, half: 2, difference: 1 });
});
