import { describe, expect, it } from 'vitest';
import * as registered from '../../src/recipe/methods/registry.ts';
import { methods } from '../../src/recipe/ordered-methods.ts';

describe('training methods', () => {
  const keys = Object.keys(methods);

  it('all act, and no two of them have the same number', () => {
    const orders = Object.values(methods).map(({ order }) => order);
    expect([...keys].sort()).toEqual(Object.keys(registered).sort());
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('act in the order of the parts of a step', () => {
    const inStep = [
      'dropout',
      'labelSmoothing',
      'binaryCrossEntropy',
      'sharpnessAware',
      'clipGradientNorm',
      'movingAverage',
    ];
    expect(keys.filter((key) => inStep.includes(key))).toEqual(inStep);
  });

  it('clip gradients before weight decay is added to them, and average the weights after that', () => {
    const inUpdate = ['gradientAccumulation', 'clipGradientNorm', 'parameterGroups', 'weightDecay', 'movingAverage'];
    expect(keys.filter((key) => inUpdate.includes(key))).toEqual(inUpdate);
  });
});
