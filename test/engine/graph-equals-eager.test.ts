import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as optimizers from '../../src/recipe/optimizers/registry.ts';
import { layerKinds, PIXELS } from '../support/layer-kinds.ts';
import { engineOf, feedsOf, largestDifference, recipeOf, runSteps } from '../support/engines.ts';

const STEPS = 3;

/**
 * For these layers TensorFlow's graph optimizer fuses a convolution and its bias into one op, and their gradients into another,
 * which sums the bias gradient in another order.
 */
const FUSED = new Set([
  'conv2d with bias, no padding',
  'squeeze-and-excite',
  // Only the gradient differs: the optimizer may move its product with a constant.
  'hard swish',
  'patches, class token, position, attention and stochastic depth',
]);
/** Rounding of float32: sums of some tens of values, each rounded to 6e-8. */
const FUSED_DIFFERENCE = 1e-6;

const runBoth = (forward: (typeof layerKinds)[string], recipe = recipeOf({}), steps = STEPS) => ({
  eager: runSteps(engineOf(forward, PIXELS, 'eager', recipe, { trainExamples: 12 }), steps),
  graph: runSteps(engineOf(forward, PIXELS, 'graph', recipe, { trainExamples: 12 }), steps),
});

/** The tensors of the network without those of the optimizer. */
const networkTensors = <Value>(state: ReadonlyMap<string, Value>) =>
  new Map([...state].filter(([name]) => !name.includes('/')));

const kinds = Object.entries(layerKinds);

// Eager mode runs TensorFlow's kernels; test/trace/fuse compares doubletime's with them.
beforeAll(() => {
  vi.stubEnv('DOUBLETIME_KERNELS', 'tensorflow');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('a graph step equals an eager step', () => {
  it.each(kinds.filter(([kind]) => !FUSED.has(kind)))('%s, to the last bit', (_, forward) => {
    const { eager, graph } = runBoth(forward);
    expect(graph.losses).toEqual(eager.losses);
    expect(largestDifference(eager.state, graph.state)).toBe(0);
  });

  it.each(kinds.filter(([kind]) => FUSED.has(kind)))('%s, within 1e-6 where ops are fused', (_, forward) => {
    const { eager, graph } = runBoth(forward, recipeOf({}), 1);
    const [expected = 0] = eager.losses;
    expect(Math.abs((graph.losses[0] ?? Number.NaN) - expected)).toBeLessThanOrEqual(FUSED_DIFFERENCE * expected);
    expect(largestDifference(networkTensors(eager.state), graph.state)).toBeLessThanOrEqual(FUSED_DIFFERENCE);
  });

  it.each(Object.keys(optimizers))('the optimizer %s with its defaults', (name) => {
    const recipe = recipeOf({ optimizer: { name } });
    const { eager, graph } = runBoth(layerKinds['batchNorm and relu']!, recipe);
    expect(graph.losses).toEqual(eager.losses);
    expect(largestDifference(eager.state, graph.state)).toBe(0);
  });

  it.each([
    ['Nesterov', { optimizer: { name: 'sgd', nesterov: true } }],
    ['without momentum', { optimizer: { name: 'sgd', momentum: 0 } }],
    ['RMSProp', { optimizer: { name: 'rmsprop' } }],
    ['Adam, decoupled decay', { optimizer: { name: 'adam' }, weightDecay: { value: 0.1, kind: 'decoupled' } }],
    [
      'Nesterov, decoupled decay, moving average',
      {
        optimizer: { name: 'sgd', nesterov: true },
        weightDecay: { value: 0.1, kind: 'decoupled' },
        movingAverage: { decay: 0.9 },
      },
    ],
    ['coupled decay', { weightDecay: { value: 0.1, biases: false } }],
    ['clipped gradients', { clipGradientNorm: 0.01 }],
    ['moving average', { movingAverage: { decay: 0.9 } }],
    ['label smoothing', { labelSmoothing: 0.1 }],
    ['accumulated gradients', { gradientAccumulation: 2 }],
    ['LAMB, decoupled decay', { optimizer: { name: 'lamb' }, weightDecay: { value: 0.1, kind: 'decoupled' } }],
    ['sharpness-aware', { sharpnessAware: { rho: 0.05 } }],
    ['binary cross-entropy', { binaryCrossEntropy: { sumClasses: false, threshold: 0.2 }, labelSmoothing: 0.1 }],
    ['mixup and CutMix', { mixup: { alpha: 0.2 }, cutmix: { alpha: 1 } }],
    ['lookahead', { lookahead: { steps: 2, rate: 0.5 } }],
    ['stochastic weight averaging', { stochasticWeightAveraging: { from: 0.5, everyEpochs: 0.5 } }],
  ])('%s', (_, recipe) => {
    const { eager, graph } = runBoth(layerKinds['batchNorm and relu']!, recipeOf(recipe));
    expect(graph.losses).toEqual(eager.losses);
    expect(largestDifference(eager.state, graph.state)).toBe(0);
  });
});

describe('evaluation', () => {
  it.each(['graph', 'eager'] as const)('counts only the real examples (%s)', (mode) => {
    const engine = engineOf(layerKinds['batchNorm and relu']!, PIXELS, mode, recipeOf({}));
    const { images, labels } = feedsOf(0);
    const all = engine.evaluate({ images, labels, count: 4 });
    const some = [1, 2, 3].map((count) => engine.evaluate({ images, labels, count }));
    expect(all.top5).toBe(4);
    expect(some.map(({ top5 }) => top5)).toEqual([1, 2, 3]);
    expect(some[2]!.lossSum).toBeLessThan(all.lossSum);
    engine.close();
  });

  it('can use the moving average of the weights', () => {
    const recipe = recipeOf({ movingAverage: { decay: 0.5 } });
    const engine = engineOf(layerKinds['batchNorm and relu']!, PIXELS, 'graph', recipe);
    const { images, labels } = feedsOf(0);
    const evaluate = (weights: 'trained' | 'averaged') =>
      engine.evaluate({ images, labels, count: 4 }, weights).lossSum;
    expect(evaluate('averaged')).toBe(evaluate('trained'));
    engine.step(feedsOf(0));
    expect(evaluate('averaged')).not.toBe(evaluate('trained'));
    engine.close();
  });
});
