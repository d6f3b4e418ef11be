import {
  adaptiveAveragePool,
  add,
  addPosition,
  attention,
  averagePool,
  batchNorm,
  channelShuffle,
  classToken,
  concat,
  blurPool,
  conv2d,
  dropout,
  flatten,
  gelu,
  geluTanh,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  layerNorm,
  layerScale,
  linear,
  localResponseNorm,
  maxPool,
  spatialMean,
  multiply,
  patchEmbedding,
  prependToken,
  relu,
  relu6,
  type Scope,
  sigmoid,
  splitChannels,
  stochasticDepth,
  swish,
  type Tensor,
} from '../../src/nn/index.ts';

export const PIXELS = 9;
export const CLASSES = 4;

const head = (net: Scope, x: Tensor): Tensor => linear(net.at('fc'), globalAveragePool(x), { units: CLASSES });
const stem = (net: Scope, x: Tensor, filters = 8): Tensor =>
  conv2d(net.at('stem'), x, { filters, kernel: 3, padding: 1 });

/** A tiny network around each kind of layer: images [n, 9, 9, 3] to logits [n, 4]. */
export const layerKinds: Readonly<Record<string, (net: Scope, images: Tensor) => Tensor>> = {
  'conv2d, stride 2, padding 1': (net, x) =>
    head(net, conv2d(net.at('c'), stem(net, x), { filters: 6, kernel: 3, stride: 2, padding: 1 })),
  'conv2d with bias, no padding': (net, x) =>
    head(net, conv2d(net.at('c'), stem(net, x), { filters: 6, kernel: 3, bias: true })),
  'conv2d 1 x 1 with stride': (net, x) =>
    head(net, conv2d(net.at('c'), stem(net, x), { filters: 6, kernel: 1, stride: 2 })),
  'conv2d in 4 groups': (net, x) =>
    head(net, conv2d(net.at('c'), stem(net, x), { filters: 12, kernel: 3, padding: 1, groups: 4 })),
  'conv2d depthwise, stride 2': (net, x) =>
    head(
      net,
      conv2d(net.at('c'), stem(net, x), {
        filters: 8,
        kernel: 3,
        stride: 2,
        padding: 1,
        groups: 8,
      }),
    ),
  'conv2d depthwise, multiplier 2': (net, x) =>
    head(net, conv2d(net.at('c'), stem(net, x), { filters: 16, kernel: 5, padding: 2, groups: 8 })),
  'maxPool 2, stride 2, padding 1 on each side': (net, x) =>
    head(net, maxPool(stem(net, x), { kernel: 2, stride: 2, padding: 1 })),
  'batchNorm and relu': (net, x) => head(net, relu(batchNorm(net.at('bn'), stem(net, x)))),
  'batchNorm, momentum 0.01, epsilon 1e-3': (net, x) =>
    head(net, batchNorm(net.at('bn'), stem(net, x), { momentum: 0.01, epsilon: 1e-3 })),
  relu6: (net, x) => head(net, relu6(stem(net, x))),
  'blurPool 3, stride 2': (net, x) => head(net, blurPool(stem(net, x), { size: 3, stride: 2 })),
  sigmoid: (net, x) => head(net, sigmoid(stem(net, x))),
  swish: (net, x) => head(net, swish(stem(net, x))),
  'maxPool 3, stride 2, padding 1': (net, x) => head(net, maxPool(stem(net, x), { kernel: 3, stride: 2, padding: 1 })),
  'maxPool 2, stride 2, ceil': (net, x) => head(net, maxPool(stem(net, x), { kernel: 2, stride: 2, ceil: true })),
  'averagePool 3, stride 2, padding 1': (net, x) =>
    head(net, averagePool(stem(net, x), { kernel: 3, stride: 2, padding: 1 })),
  'adaptiveAveragePool to 3 x 3': (net, x) =>
    linear(net.at('fc'), flatten(adaptiveAveragePool(stem(net, x), [3, 3])), { units: CLASSES }),
  'adaptiveAveragePool to 4 x 4': (net, x) =>
    linear(net.at('fc'), flatten(adaptiveAveragePool(stem(net, x), [4, 4])), { units: CLASSES }),
  'adaptiveAveragePool to a larger size': (net, x) =>
    linear(net.at('fc'), flatten(adaptiveAveragePool(stem(net, x, 2), [12, 12])), {
      units: CLASSES,
    }),
  'linear without bias': (net, x) => linear(net.at('fc'), flatten(stem(net, x, 2)), { units: CLASSES, bias: false }),
  'residual addition': (net, x) => {
    const y = stem(net, x);
    return head(net, add(y, conv2d(net.at('c'), relu(y), { filters: 8, kernel: 1 })));
  },
  'squeeze-and-excite': (net, x) => {
    const y = stem(net, x);
    return head(net, multiply(y, sigmoid(conv2d(net.at('se'), spatialMean(y), { filters: 8, kernel: 1, bias: true }))));
  },
  'split, concat and channel shuffle': (net, x) => {
    const [a, b] = splitChannels(stem(net, x), 2);
    const branch = conv2d(net.at('c'), b!, { filters: 4, kernel: 1 });
    return head(net, channelShuffle(concat([a!, branch]), 2));
  },
  'local response normalization': (net, x) =>
    head(net, localResponseNorm(relu(stem(net, x)), { size: 5, alpha: 1e-4, beta: 0.75, k: 2 })),
  dropout: (net, x) => head(net, dropout(net.at('drop'), stem(net, x), 0.5)),
  'stochastic depth': (net, x) => {
    const y = stem(net, x);
    return head(net, add(y, stochasticDepth(net.at('drop'), relu(y), 0.5)));
  },
  'hard sigmoid': (net, x) => head(net, hardSigmoid(stem(net, x))),
  'hard swish': (net, x) => head(net, hardSwish(stem(net, x))),
  'blur before a stride': (net, x) => head(net, blurPool(stem(net, x), { size: 4, stride: 2 })),
  'constant filter and norm scale': (net, x) =>
    head(
      net,
      batchNorm(
        net.at('bn'),
        // A bias right before a norm has no gradient.
        relu(conv2d(net.at('c'), stem(net, x), { filters: 6, kernel: 3, constant: true, bias: true })),
        { constantScale: true },
      ),
    ),
  'GELU, exact': (net, x) => head(net, gelu(stem(net, x))),
  'GELU, approximated': (net, x) => head(net, geluTanh(stem(net, x))),
  'layer norm and layer scale': (net, x) => {
    const y = stem(net, x);
    const scale = layerScale(net.at('scale'), 'layer_scale', 8, { initial: 0.5, trailing: 2 });
    return head(net, add(y, scale(layerNorm(net.at('norm'), y))));
  },
  'patches, class token, position, attention and stochastic depth': (net, x) => {
    const embedding = { layout: 'same', role: 'embedding', initializer: { normal: 0.5 } } as const;
    const token = net.parameter('token', { ...embedding, shape: [1, 1, 8] });
    const position = net.parameter('position', { ...embedding, shape: [1, 10, 8] });
    const y = addPosition(
      prependToken(patchEmbedding(net.at('patches'), x, { patch: 3, channels: 8 }), token),
      position,
    );
    const z = attention(net.at('attention'), linear(net.at('qkv'), y, { units: 24, prefix: 'in_' }), 2);
    return linear(net.at('fc'), classToken(add(y, stochasticDepth(net.at('drop'), z, 0.5))), { units: CLASSES });
  },
};
