/**
 * DenseNet-BC. Huang et al. 2016, "Densely Connected Convolutional Networks", table 1. `width` is a factor on the growth rate
 * and on the stem, which has twice as many channels.
 *
 * A blur stands where antialiased-cnns has it (Zhang 2019). pool0 has stride 1, and a blur with stride 2 follows it. A blur replaces
 * the average pool of each transition. conv0 keeps its stride.
 *
 * Small stem: conv0 is 3x3 with stride 1, and there is no pool0, as in the paper's section 3 on CIFAR.
 */
import {
  batchNorm,
  concat,
  conv2d,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { averagePoolAt, blurAt, blurredMaxPoolAt } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** The number of layers in each of the four dense blocks; the growth rate is 32. */
const rows = [
  { name: 'densenet121', blocks: [6, 12, 24, 16], accuracy: [74.434, 91.972] },
  { name: 'densenet169', blocks: [6, 12, 32, 32], accuracy: [75.6, 92.806] },
  { name: 'densenet201', blocks: [6, 12, 48, 32], accuracy: [76.896, 93.37] },
] as const;

type DenseNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'blur'>;

class DenseNet {
  readonly #blocks: readonly number[];
  readonly #options: DenseNetOptions;

  constructor(blocks: readonly number[], options: DenseNetOptions) {
    this.#blocks = blocks;
    this.#options = options;
  }

  #normRelu(net: Scope, x: Tensor): Tensor {
    return relu(this.#options.batchNorm ? batchNorm(net, x, {}) : x);
  }

  #conv(net: Scope, x: Tensor, filters: number, kernel: number, stride = 1): Tensor {
    return conv2d(net, x, {
      filters,
      kernel,
      stride,
      padding: (kernel - 1) / 2,
      bias: !this.#options.batchNorm,
      initialize: { kaimingNormal: 'fanIn' },
      initializeBias: { constant: 0 },
    });
  }

  /** Norm, relu, 1x1 to four times the growth rate, norm, relu, 3x3 to the growth rate; concatenated with the input. */
  #layer(net: Scope, x: Tensor, growth: number): Tensor {
    let y = this.#normRelu(net.at('norm1'), x);
    y = this.#conv(net.at('conv1'), y, 4 * growth, 1);
    y = this.#normRelu(net.at('norm2'), y);
    return concat([x, this.#conv(net.at('conv2'), y, growth, 3)]);
  }

  /** Halves the channels and the size. */
  #transition(net: Scope, x: Tensor): Tensor {
    const half = Math.floor((x.shape[3] ?? 0) / 2);
    const y = this.#conv(net.at('conv'), this.#normRelu(net.at('norm'), x), half, 1);
    const { blur } = this.#options;
    return blur > 0 ? blurAt(y, { blur, stride: 2 }) : averagePoolAt(net.at('pool'), y, { kernel: 2, stride: 2 });
  }

  #stem(net: Scope, x: Tensor, filters: number): Tensor {
    const { blur, stem } = this.#options;
    const small = stem === 'small';
    x = this.#conv(net.at('conv0'), x, filters, small ? 3 : 7, small ? 1 : 2); // [n, 112, 112, 64]
    x = this.#normRelu(net.at('norm0'), x);
    return small ? x : blurredMaxPoolAt(net.at('pool0'), x, { kernel: 3, stride: 2, padding: 1 }, blur);
  }

  readonly forward: Forward = (net, images) => {
    const features = net.at('features');
    const growth = scaled(32, this.#options.width);
    let x = this.#stem(features, images, 2 * growth); // [n, 56, 56, 64]
    // densenet121: [n, 56, 56, 256], [n, 28, 28, 512], [n, 14, 14, 1024], [n, 7, 7, 1024]
    for (const [i, layers] of this.#blocks.entries()) {
      if (i > 0) x = this.#transition(features.at(`transition${i}`), x);
      const block = features.at(`denseblock${i + 1}`);
      for (let layer = 1; layer <= layers; layer++) x = this.#layer(block.at(`denselayer${layer}`), x, growth);
    }
    x = globalAveragePool(this.#normRelu(features.at('norm5'), x)); // [n, 1024]
    const units = this.#options.classes;
    return linear(net.at('classifier'), x, { units, initializeBias: { constant: 0 } });
  };
}

export const densenets: readonly NetworkEntry[] = rows.map(({ name, blocks, accuracy }) =>
  network<keyof DenseNetOptions>({
    name,
    aliases: [],
    family: 'densenet',
    published: '2016-08-25',
    paper: { title: 'Densely Connected Convolutional Networks', arxiv: '1608.06993' },
    input: 224,
    accuracy: percent('torchvision', accuracy),
    recipe: 'densenet',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, blur: 0 },
    forward: (options) => new DenseNet(blocks, options).forward,
  }),
);
