import { afterEach, describe, expect, it, vi } from 'vitest';
import { planStep } from '../../../src/engine/plan.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { flatten, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { record } from '../../../src/trace/record.ts';
import { engineOf, largestDifference, recipeOf, runSteps } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

/** A network without other own kernels: one weight of 73,143 values is updated alone, the other tensors are updated together. */
const forward = (net: Scope, images: Tensor): Tensor => {
  const hidden = relu(linear(net.at('a'), flatten(images), { units: 301 }));
  return linear(net.at('c'), relu(linear(net.at('b'), hidden, { units: 8 })), { units: 4 });
};

const decoupled = { value: 0.01, kind: 'decoupled' };
const recipes = {
  'SGD with decay and a moving average': { weightDecay: { value: 0.01 }, movingAverage: { decay: 0.9 } },
  'SGD without momentum': { optimizer: { name: 'sgd', momentum: 0 } },
  AdamW: { optimizer: { name: 'adam' }, weightDecay: decoupled, clipGradientNorm: 1 },
  Lion: { optimizer: { name: 'lion' }, weightDecay: decoupled },
  LAMB: { optimizer: { name: 'lamb' }, weightDecay: decoupled },
  'sharpness-aware Adam': { optimizer: { name: 'adam' }, sharpnessAware: { rho: 0.05 } },
} as const;

const run = (recipe: object, kernels: 'doubletime' | 'tensorflow') => {
  if (kernels === 'tensorflow') vi.stubEnv('DOUBLETIME_KERNELS', 'tensorflow');
  const result = runSteps(engineOf(forward, PIXELS, 'graph', recipeOf(recipe)), 3, { side: PIXELS });
  vi.unstubAllEnvs();
  return result;
};

const recorded = (recipe: object) => {
  const options = { forward, recipe: recipeOf(recipe), input: PIXELS, side: PIXELS, padding: 0 };
  return fuse(record(trainingStep(planStep(options))), { device: 'cpu' }).ops.filter(
    ({ direction }) => direction === 'update',
  );
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('fused updates', () => {
  it.each(Object.entries(recipes))('%s: the same bits as with one op after another', (_, recipe) => {
    const [own, tensorflow] = [run(recipe, 'doubletime'), run(recipe, 'tensorflow')];
    expect(own.losses).toEqual(tensorflow.losses);
    expect(largestDifference(tensorflow.state, own.state)).toBe(0);
  });

  it('RMSProp: differs only by the rounding of the reciprocal root', () => {
    const recipe = { optimizer: { name: 'rmsprop' } };
    const [own, tensorflow] = [run(recipe, 'doubletime'), run(recipe, 'tensorflow')];
    expect(largestDifference(tensorflow.state, own.state)).toBeLessThanOrEqual(1e-6);
  });

  it('are one op per large parameter, and one op for all small parameters', () => {
    const ops = recorded({ optimizer: { name: 'adam' } });
    const updates = ops.filter(({ name }) => name === 'DoubletimeUpdate');
    expect(updates.map(({ outputs }) => outputs.length).toSorted((a, b) => a - b)).toEqual([3, 15]);
    expect(ops.filter(({ name, outputs }) => name !== 'DoubletimeUpdate' && outputs[0]!.shape.length > 0)).toEqual([]);
  });

  it('are several ops per parameter where a norm is computed in between', () => {
    const updates = recorded({ optimizer: { name: 'lamb' } }).filter(({ name }) => name === 'DoubletimeUpdate');
    expect(updates.length).toBeGreaterThan(2);
  });
});
