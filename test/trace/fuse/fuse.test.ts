import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  add,
  batchNorm,
  channelShuffle,
  concat,
  conv2d,
  flatten,
  globalAveragePool,
  linear,
  multiply,
  relu,
  relu6,
  type Scope,
  sigmoid,
  spatialMean,
  splitChannels,
  swish,
  type Tensor,
} from '../../../src/nn/index.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { kernelsInUse } from '../../../src/runtime/kernels.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { record } from '../../../src/trace/record.ts';
import { readAttribute, type Recording } from '../../../src/trace/recording.ts';
import { engineOf, feedsOf, largestDifference, recipeOf, runSteps } from '../../support/engines.ts';
import { layerKinds, PIXELS } from '../../support/layer-kinds.ts';

type Network = (net: Scope, images: Tensor) => Tensor;

const stem = (net: Scope, x: Tensor, filters = 8): Tensor =>
  conv2d(net.at('stem'), x, { filters, kernel: 3, padding: 1 });
const head = (net: Scope, x: Tensor): Tensor => linear(net.at('fc'), globalAveragePool(x), { units: 4 });
const normed = (net: Scope, name: string, x: Tensor): Tensor => batchNorm(net.at(name), x, {});

/** Networks with every group of ops that is replaced by one kernel. */
const networks: Readonly<Record<string, Network>> = {
  ...layerKinds,
  'norm and relu6': (net, x) => head(net, relu6(normed(net, 'bn', stem(net, x)))),
  'norm and swish': (net, x) => head(net, swish(normed(net, 'bn', stem(net, x)))),
  'norm with two readers': (net, x) => {
    const y = normed(net, 'bn', stem(net, x));
    return head(net, add(y, relu(y)));
  },
  'residual block': (net, x) => {
    const y = stem(net, x);
    return head(net, relu(add(normed(net, 'bn', conv2d(net.at('c'), y, { filters: 8, kernel: 3, padding: 1 })), y)));
  },
  'residual block with a projection': (net, x) => {
    const y = stem(net, x);
    const [left, right] = ['left', 'right'].map((name) =>
      normed(net, `${name}.bn`, conv2d(net.at(name), y, { filters: 21, kernel: 1 })),
    );
    return head(net, relu(add(left!, right!)));
  },
  'squeeze-and-excite after a swish': (net, x) => {
    const y = swish(normed(net, 'bn', stem(net, x)));
    const factor = sigmoid(conv2d(net.at('se'), spatialMean(y), { filters: 8, kernel: 1, bias: true }));
    return head(net, multiply(y, factor));
  },
  'two shuffled units and a third that reads all': (net, x) => {
    let y = stem(net, x, 12);
    for (const unit of ['a', 'b']) {
      const [left, right] = splitChannels(y, 2);
      const branch = relu(normed(net, `${unit}.bn`, conv2d(net.at(unit), right!, { filters: 6, kernel: 1 })));
      y = channelShuffle(concat([left!, branch]), 2);
    }
    return head(net, conv2d(net.at('c'), y, { filters: 5, kernel: 1 }));
  },
  'depthwise 3 x 3 and 5 x 5 with stride 2 of an even and an odd size, 37 channels': (net, x) => {
    const even = conv2d(net.at('stem'), x, { filters: 37, kernel: 2, padding: 1 }); // [n, 10, 10, 37]
    const spec = { filters: 37, groups: 37, stride: 2 } as const;
    const odd = conv2d(net.at('a'), even, { ...spec, kernel: 3, padding: 1 }); // [n, 5, 5, 37]
    return head(net, conv2d(net.at('b'), odd, { ...spec, kernel: 5, padding: 2 }));
  },
  'depthwise 5 x 5 larger than its image, 80 channels': (net, x) => {
    const small = conv2d(net.at('stem'), x, { filters: 80, kernel: 3, stride: 3 }); // [n, 3, 3, 80]
    return head(net, conv2d(net.at('a'), small, { filters: 80, groups: 80, kernel: 5, padding: 2 }));
  },
  'depthwise without padding, stride 3': (net, x) =>
    head(net, conv2d(net.at('a'), stem(net, x), { filters: 8, groups: 8, kernel: 3, stride: 3 })),
  'a shuffle of three groups': (net, x) => head(net, channelShuffle(stem(net, x, 21), 3)),
};

const run = (network: Network, kernels: string, steps = 1, recipe = recipeOf({})) => {
  vi.stubEnv('DOUBLETIME_KERNELS', kernels);
  return runSteps(engineOf(network, PIXELS, 'graph', recipe, { trainExamples: 12 }), steps);
};

const namesIn = (network: Network): string[] => {
  return fuse(stepOf(network))
    .ops.filter(({ direction }) => direction !== 'update')
    .map(({ name }) => name);
};

const stepOf = (network: Network): Recording => {
  const size = { input: PIXELS, side: PIXELS, padding: 0 };
  return record(trainingStep(planStep({ forward: network, recipe: recipeOf({}), ...size })));
};

const count = (names: readonly string[], wanted: string): number => names.filter((name) => name === wanted).length;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the kernels of doubletime', () => {
  it('are used if set-up has built them, unless DOUBLETIME_KERNELS is tensorflow', () => {
    expect(kernelsInUse()).toBe('doubletime');
    vi.stubEnv('DOUBLETIME_KERNELS', 'tensorflow');
    expect(kernelsInUse()).toBe('tensorflow');
  });

  it.each(Object.entries(networks))("compute the same as TensorFlow's: %s", (_, network) => {
    const [own, tensorflow] = [run(network, 'doubletime'), run(network, 'tensorflow')];
    expect(Math.abs(own.losses[0]! - tensorflow.losses[0]!)).toBeLessThanOrEqual(1e-6 * tensorflow.losses[0]!);
    expect(largestDifference(tensorflow.state, own.state)).toBeLessThanOrEqual(2e-5);
  });

  it('prepare images and decay weights to the same bits', () => {
    const network: Network = (net, x) => linear(net.at('fc'), flatten(x), { units: 4 });
    const augmentation = { flip: true };
    const recipe = recipeOf({ weightDecay: { value: 0.01 }, movingAverage: { decay: 0.9 }, augmentation });
    const [own, tensorflow] = [run(network, 'doubletime', 3, recipe), run(network, 'tensorflow', 3, recipe)];
    expect(own.losses).toEqual(tensorflow.losses);
    expect(largestDifference(tensorflow.state, own.state)).toBe(0);
  });

  it('give the same numbers in every run', () => {
    const network = networks['squeeze-and-excite after a swish']!;
    const [first, second] = [run(network, 'doubletime', 3), run(network, 'doubletime', 3)];
    expect(second.losses).toEqual(first.losses);
    expect(largestDifference(first.state, second.state)).toBe(0);
  });

  it('propagate invalid numbers to the loss', () => {
    const engine = engineOf(networks['residual block']!, PIXELS, 'graph', recipeOf({}));
    const state = engine.readState();
    state.get('stem.weight')!.values[0] = Number.NaN;
    engine.writeState(state);
    expect(engine.step(feedsOf(0))).toBeNaN();
    engine.close();
  });
});

describe('the groups of ops that are fused', () => {
  it.each([
    ['batchNorm and relu', ['Relu', 'ReluGrad'], 'DoubletimeBatchNorm'],
    ['norm and relu6', ['Relu6', 'Relu6Grad'], 'DoubletimeBatchNorm'],
    ['norm and swish', ['Sigmoid', 'SigmoidGrad'], 'DoubletimeBatchNorm'],
    ['residual block', ['Relu', 'ReluGrad', 'AddV2'], 'DoubletimeBatchNormAdd'],
  ])('in %s, the activation is part of the norm and of its gradient', (kind, fused, name) => {
    const names = namesIn(networks[kind]!);
    expect(count(names, name)).toBe(1);
    expect(count(names, `${name}Grad`)).toBe(1);
    expect(names.filter((other) => fused.includes(other))).toEqual([]);
  });

  it('do not include an activation if another op reads the norm', () => {
    const names = namesIn(networks['norm with two readers']!);
    expect(count(names, 'DoubletimeBatchNorm')).toBe(1);
    expect(count(names, 'Relu')).toBe(1);
  });

  it('compute only those shuffled channels that another op reads', () => {
    const names = namesIn(networks['two shuffled units and a third that reads all']!);
    expect(names.filter((name) => ['Transpose', 'Split', 'ConcatV2'].includes(name))).toEqual(['Split']);
  });

  it('are none with the kernels of TensorFlow', () => {
    vi.stubEnv('DOUBLETIME_KERNELS', 'tensorflow');
    expect(namesIn(networks['norm and swish']!).filter((name) => name.startsWith('Doubletime'))).toEqual([]);
  });

  it('are none for XLA, which gets batch norms as ops, on a GPU with explicit paddings', () => {
    const network: Network = (net, x) =>
      relu(batchNorm(net.at('bn'), conv2d(net.at('c'), x, { filters: 4, kernel: 3, padding: 2 })));
    const step = stepOf((net, x) => linear(net.at('fc'), globalAveragePool(network(net, x)), { units: 4 }));
    for (const device of ['cpu', 'gpu'] as const) {
      const { ops } = fuse(step, { device, compile: 'xla' });
      expect(ops.filter(({ name }) => /^Doubletime|^FusedBatchNorm/.test(name))).toEqual([]);
      const gradient = ops.find(({ name }) => name === 'Conv2DBackpropFilter')!;
      expect(readAttribute(gradient, 'padding')).toBe(device === 'gpu' ? 'EXPLICIT' : 'VALID');
    }
  });
});
