import { afterEach, describe, expect, it, vi } from 'vitest';
import { conv2d, globalAveragePool, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { withPrecision } from '../../../src/engine/precision.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { record } from '../../../src/trace/record.ts';
import { largest, recipeOf, weightChange } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

type Network = (net: Scope, images: Tensor) => Tensor;

/** Three colors to 40 channels, then the convolution `c`, then the loss. */
const around =
  (
    filters: number,
    kernel: number | readonly [number, number],
    stride: number,
    padding: number,
    channels = 40,
  ): Network =>
  (net, x) => {
    const y = relu(conv2d(net.at('stem'), x, { filters: channels, kernel: 3, padding: 1 }));
    const z = relu(conv2d(net.at('c'), y, { filters, kernel, stride, padding }));
    return linear(net.at('fc'), globalAveragePool(z), { units: 4 });
  };

const networks: Readonly<Record<string, Network>> = {
  '3 x 3 with padding, 40 to 50 channels': around(50, 3, 1, 1),
  '3 x 3 with stride 2 and padding of an odd size, 40 to 70 channels': around(70, 3, 2, 1),
  '5 x 5 without padding, 40 to 16 channels': around(16, 5, 1, 0),
  '1 x 3 with stride 3, 33 to 17 channels': around(17, [1, 3], 3, 0, 33),
  '1 x 1, 16 to 100 channels': around(100, 1, 1, 0, 16),
  '1 x 1 with stride 2, 64 to 5 channels': around(5, 1, 2, 0, 64),
};

const recipe = recipeOf({ precision: 'bfloat16', learningRate: 0.5, optimizer: { name: 'sgd', momentum: 0 } });

/** The change of the filter of `c` in the first step, with doubletime's or TensorFlow's kernels. */
function changeOf(network: Network, kernels: string): number[] {
  vi.stubEnv('DOUBLETIME_KERNELS', kernels);
  return weightChange('c', network, PIXELS, recipe);
}

const namesIn = (network: Network): string[] => {
  const size = { input: PIXELS, side: PIXELS, padding: 0 };
  const step = record(trainingStep(planStep({ forward: network, recipe, ...size })));
  return fuse(withPrecision(step, 'bfloat16'), { device: 'cpu', bfloat16Products: true })
    .ops.filter(({ layer, direction }) => layer === 'c' && direction === 'weightGradient')
    .map(({ name }) => name);
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the gradient of a convolution's filter in bfloat16", () => {
  it.each(Object.entries(networks))("is TensorFlow's except for rounding: %s", (_, network) => {
    const [own, tensorflow] = [changeOf(network, 'doubletime'), changeOf(network, 'tensorflow')];
    expect(largest(tensorflow)).toBeGreaterThan(1e-4);
    const difference = largest(own.map((value, i) => value - tensorflow[i]!));
    // A bfloat16 has 8 significant bits, and both sides round once.
    expect(difference / largest(tensorflow)).toBeLessThanOrEqual(2 ** -8);
  });

  it.each(Object.entries(networks))('is one op with its padding or slice: %s', (_, network) => {
    expect(namesIn(network)).toContain('DoubletimeFilterGradient');
    expect(namesIn(network).filter((name) => ['Pad', 'StridedSlice', 'MatMul'].includes(name))).toEqual([]);
  });

  it('has the same bits in every run', () => {
    const network = networks['3 x 3 with padding, 40 to 50 channels']!;
    expect(changeOf(network, 'doubletime')).toEqual(changeOf(network, 'doubletime'));
  });

  it("stays TensorFlow's for images with few channels", () => {
    expect(namesIn(around(8, 3, 1, 1, 15))).toContain('Conv2DBackpropFilter');
  });
});
