import { describe, expect, it } from 'vitest';
import { permutation, philox, Purpose, RandomSequence } from '../../src/data/random.ts';

const hex = (words: Uint32Array): string[] => [...words].map((word) => word.toString(16).padStart(8, '0'));

describe('philox', () => {
  // Known answers of Random123 1.14, tests/kat_vectors, "philox4x32 10".
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd'],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      ['d16cfe09', '94fdcceb', '5001e420', '24126ea1'],
    ],
  ] as const)('gives the published words for counter %j and key %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox(counter, key, out);
    expect(hex(out)).toEqual(expected);
  });
});

describe('RandomSequence', () => {
  it('gives the same numbers for the same key and other numbers for another key', () => {
    const draw = (seed: number, purpose: Purpose, epoch: number, example: number): number[] => {
      const random = new RandomSequence(seed, purpose, epoch, example);
      return Array.from({ length: 9 }, () => random.uniform());
    };
    const here = draw(7, Purpose.crop, 3, 11);
    expect(draw(7, Purpose.crop, 3, 11)).toEqual(here);
    for (const other of [
      draw(8, Purpose.crop, 3, 11),
      draw(7, Purpose.flip, 3, 11),
      draw(7, Purpose.crop, 4, 11),
      draw(7, Purpose.crop, 3, 12),
    ]) {
      expect(other).not.toEqual(here);
    }
  });

  it('is uniform: mean and variance of 100,000 numbers within five standard errors', () => {
    const random = new RandomSequence(1, Purpose.crop, 0, 0);
    const count = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const value = random.uniform() - 0.5;
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / count)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(squares / count - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / count));
  });

  it('draws normal deviates of variance 1', () => {
    const random = new RandomSequence(2, Purpose.lighting, 0, 0);
    const count = 50_000;
    let squares = 0;
    for (let i = 0; i < count; i++) squares += random.normal() ** 2;
    expect(Math.abs(squares / count - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
  });
});

describe('permutation', () => {
  it('contains every index once', () => {
    const order = permutation(1000, new RandomSequence(5, Purpose.order, 0, 0));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('gives all 24 orders of four elements about equally often', () => {
    const seen = new Map<string, number>();
    const trials = 24_000;
    for (let epoch = 0; epoch < trials; epoch++) {
      const key = permutation(4, new RandomSequence(5, Purpose.order, epoch, 0)).join('');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    const expected = trials / 24;
    let chiSquare = 0;
    for (const count of seen.values()) chiSquare += (count - expected) ** 2 / expected;
    expect(seen.size).toBe(24);
    // With 23 degrees of freedom, a chi-square of 58.6 is exceeded with a probability of 0.0001.
    expect(chiSquare).toBeLessThan(58.6);
  });
});
