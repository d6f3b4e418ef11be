import { afterEach, describe, expect, it, vi } from 'vitest';
import { conv2d, globalAveragePool, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { largest, recipeOf, weightChange } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

interface Convolution {
  readonly filters: number;
  readonly kernel: number;
  readonly groups: number;
  readonly stride?: number;
  readonly padding?: number;
}

const around =
  (convolution: Convolution) =>
  (net: Scope, images: Tensor): Tensor => {
    const x = relu(conv2d(net.at('stem'), images, { filters: 12, kernel: 3, padding: 1 }));
    const y = relu(conv2d(net.at('c'), x, convolution));
    return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
  };

const cases: [string, Convolution][] = [
  ['3 groups of a 3 x 3', { filters: 24, kernel: 3, groups: 3, padding: 1 }],
  ['4 groups with stride 2', { filters: 8, kernel: 3, groups: 4, stride: 2, padding: 1 }],
  ['2 groups of a 1 x 1', { filters: 10, kernel: 1, groups: 2 }],
];

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the gradients of a grouped convolution without oneDNN, group by group, are those with oneDNN', () => {
  const changes = (convolution: Convolution, layer: string, oneDnn: string): number[] => {
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', oneDnn);
    const recipe = recipeOf({ learningRate: 0.5, optimizer: { name: 'sgd', momentum: 0 } });
    return weightChange(layer, around(convolution), PIXELS, recipe);
  };

  it.each(cases)('%s', (_, convolution) => {
    for (const layer of ['c', 'stem']) {
      // TensorFlow reads the variable when it is loaded, so this process has oneDNN's kernels for both.
      const whole = changes(convolution, layer, '1');
      const split = changes(convolution, layer, '0');
      expect(largest(whole)).toBeGreaterThan(1e-4);
      const difference = largest(split.map((value, i) => value - whole[i]!));
      // Each new weight is below 1, so it is rounded by at most 2^-25.
      expect(difference).toBeLessThan(1e-5 * largest(whole) + 2 * 2 ** -25);
    }
  });
});
