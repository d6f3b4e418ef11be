/**
 * GoogLeNet. Szegedy et al. 2014, "Going Deeper with Convolutions", table 1, in torchvision's version: batch norm after every
 * convolution, and 3x3 instead of the paper's 5x5 (columns `#5x5`; `googlenet_5x5` has the paper's 5x5).
 * The auxiliary heads of figure 3 are on 4a and 4d and exist only in training.
 *
 * Small stem: conv1 is 3x3 with stride 1, and there are no max pools after conv1 and conv3: with 32 pixels, the input of 4a is
 * 16 x 16.
 */
import {
  adaptiveAveragePool,
  concat,
  dropout,
  flatten,
  type Forward,
  globalAveragePool,
  linear,
  maxPool,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm, maxPoolAt } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj. */
type Row = readonly [string, number, number, number, number, number, number];

const stage3: readonly Row[] = [
  ['inception3a', 64, 96, 128, 16, 32, 32], // [n, 28, 28, 256]
  ['inception3b', 128, 128, 192, 32, 96, 64], // [n, 28, 28, 480]
];
const stage4: readonly Row[] = [
  ['inception4a', 192, 96, 208, 16, 48, 64], // [n, 14, 14, 512]
  ['inception4b', 160, 112, 224, 24, 64, 64], // [n, 14, 14, 512]
  ['inception4c', 128, 128, 256, 24, 64, 64], // [n, 14, 14, 512]
  ['inception4d', 112, 144, 288, 32, 64, 64], // [n, 14, 14, 528]
  ['inception4e', 256, 160, 320, 32, 128, 128], // [n, 14, 14, 832]
];
const stage5: readonly Row[] = [
  ['inception5a', 256, 160, 320, 32, 128, 128], // [n, 7, 7, 832]
  ['inception5b', 384, 192, 384, 48, 128, 128], // [n, 7, 7, 1024]
];

type GoogLeNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'auxiliary' | 'dropout'>;

const initialize = { normal: 0.01 } as const;

class GoogLeNet {
  readonly #options: GoogLeNetOptions;
  /** Kernel of the third branch's second convolution: 5 in the paper, 3 in torchvision. */
  readonly #thirdKernel: number;

  constructor(options: GoogLeNetOptions, thirdKernel: number) {
    this.#options = options;
    this.#thirdKernel = thirdKernel;
  }

  #conv(net: Scope, x: Tensor, filters: number, kernel: number, stride = 1): Tensor {
    const { width, batchNorm } = this.#options;
    const shape = { filters: scaled(filters, width), kernel, stride };
    const norm = { batchNorm, epsilon: 1e-3 };
    return relu(convNorm(net, ['conv', 'bn'], x, { ...shape, ...norm, initialize }));
  }

  #inception(net: Scope, x: Tensor, [name, one, reduce3, three, reduce5, five, pool]: Row): Tensor {
    const scope = net.at(name);
    const branch1 = this.#conv(scope.at('branch1'), x, one, 1);
    const second = this.#conv(scope.at('branch2.0'), x, reduce3, 1);
    const branch2 = this.#conv(scope.at('branch2.1'), second, three, 3);
    const third = this.#conv(scope.at('branch3.0'), x, reduce5, 1);
    const branch3 = this.#conv(scope.at('branch3.1'), third, five, this.#thirdKernel);
    const pooled = maxPool(x, { kernel: 3, stride: 1, padding: 1, ceil: true });
    const branch4 = this.#conv(scope.at('branch4.1'), pooled, pool, 1);
    return concat([branch1, branch2, branch3, branch4]);
  }

  #head(net: Scope, x: Tensor): Tensor {
    let y = adaptiveAveragePool(x, [4, 4]);
    y = this.#conv(net.at('conv'), y, 128, 1); // [n, 4, 4, 128]
    y = relu(linear(net.at('fc1'), flatten(y), { units: scaled(1024, this.#options.width), initialize }));
    // The rate of the paper's section 5. With `dropout: 0` the heads have no dropout either.
    y = dropout(net.at('dropout'), y, this.#options.dropout === 0 ? 0 : 0.7);
    return linear(net.at('fc2'), y, { units: this.#options.classes, initialize }); // [n, classes]
  }

  #stem(net: Scope, x: Tensor): Tensor {
    const small = this.#options.stem === 'small';
    const pool = { kernel: 3, stride: 2, ceil: true };
    x = this.#conv(net.at('conv1'), x, 64, small ? 3 : 7, small ? 1 : 2); // [n, 112, 112, 64]
    x = small ? x : maxPoolAt(net.at('maxpool1'), x, pool); // [n, 56, 56, 64]
    x = this.#conv(net.at('conv2'), x, 64, 1);
    x = this.#conv(net.at('conv3'), x, 192, 3); // [n, 56, 56, 192]
    return small ? x : maxPoolAt(net.at('maxpool2'), x, pool); // [n, 28, 28, 192]
  }

  readonly forward: Forward = (net, images) => {
    let x = this.#stem(net, images); // [n, 28, 28, 192]
    for (const row of stage3) x = this.#inception(net, x, row);
    x = maxPoolAt(net.at('maxpool3'), x, { kernel: 3, stride: 2, ceil: true });
    const heads: Tensor[] = [];
    for (const row of stage4) {
      x = this.#inception(net, x, row);
      if (row[0] === 'inception4a' || row[0] === 'inception4d') heads.push(x);
    }
    x = maxPoolAt(net.at('maxpool4'), x, { kernel: 2, stride: 2, ceil: true });
    for (const row of stage5) x = this.#inception(net, x, row);
    const trainsHeads = net.training && this.#options.auxiliary;
    const auxiliary = trainsHeads ? heads.map((head, i) => this.#head(net.at(`aux${i + 1}`), head)) : [];
    x = dropout(net.at('dropout'), globalAveragePool(x), this.#options.dropout); // [n, 1024]
    const logits = linear(net.at('fc'), x, { units: this.#options.classes, initialize });
    return trainsHeads ? { logits, auxiliary } : logits;
  };
}

const rows = [
  {
    name: 'googlenet',
    aliases: [],
    auxiliary: true,
    thirdKernel: 3,
    accuracy: percent('torchvision', [69.778, 89.53]),
  },
  {
    name: 'googlenet_noaux',
    aliases: [],
    auxiliary: false,
    thirdKernel: 3,
    accuracy: percent('torchvision', [69.778, 89.53]),
  },
  {
    name: 'googlenet_5x5',
    aliases: ['inception_v1'],
    auxiliary: true,
    thirdKernel: 5,
    accuracy: percent('paper', [null, 89.93]),
  },
];

export const googlenets: readonly NetworkEntry[] = rows.map(({ name, aliases, auxiliary, thirdKernel, accuracy }) =>
  network<keyof GoogLeNetOptions>({
    name,
    aliases,
    accuracy,
    family: 'googlenet',
    published: '2014-09-17',
    paper: { title: 'Going Deeper with Convolutions', arxiv: '1409.4842' },
    input: 224,
    recipe: 'googlenet',
    options: {
      classes: 1000,
      width: 1,
      stem: 'imagenet',
      batchNorm: true,
      auxiliary,
      dropout: 0.2,
    },
    forward: (options) => new GoogLeNet(options, thirdKernel).forward,
  }),
);
