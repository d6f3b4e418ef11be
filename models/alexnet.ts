/**
 * AlexNet. Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks".
 * `alexnet` is torchvision's version with one tower, after Krizhevsky 2014 (arXiv 1404.5997). `alexnet_two_tower` is figure 2 of
 * the paper, with two groups for the two GPUs. Images of 227 pixels, or of 224 padded by 2, give the paper's 55 x 55.
 *
 * A blur stands where antialiased-cnns has it (Zhang 2019). conv1 has stride 2, and a blur with stride 2 follows its relu. Pools have
 * stride 1, and a blur with stride 2 follows each. antialiased-cnns has only the version with one tower.
 *
 * Small stem: 5x5 with stride 1, as in the author's CIFAR-10 networks (cuda-convnet); the classifier input is 3 x 3.
 */
import {
  adaptiveAveragePool,
  conv2d,
  dropout,
  flatten,
  type Forward,
  type Initializer,
  linear,
  localResponseNorm,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { blurAt, blurredMaxPoolAt, torchDefault } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** A row of figure 2: a convolution, the layers after it, and its initial bias. */
interface Row {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding: number;
  readonly groups?: number;
  readonly norm?: boolean;
  readonly pool?: boolean;
  readonly bias?: number;
}

interface Tower {
  readonly rows: readonly Row[];
  readonly weights: Initializer;
  /** Initial bias of the two large linear layers; default: PyTorch's. */
  readonly denseBias?: number;
}

const oneTower: Tower = {
  weights: torchDefault,
  rows: [
    { filters: 64, kernel: 11, stride: 4, padding: 2, pool: true }, // [n, 27, 27, 64]
    { filters: 192, kernel: 5, padding: 2, pool: true }, // [n, 13, 13, 192]
    { filters: 384, kernel: 3, padding: 1 }, // [n, 13, 13, 384]
    { filters: 256, kernel: 3, padding: 1 }, // [n, 13, 13, 256]
    { filters: 256, kernel: 3, padding: 1, pool: true }, // [n, 6, 6, 256]
  ],
};

const twoTowers: Tower = {
  rows: [
    { filters: 96, kernel: 11, stride: 4, padding: 2, norm: true, pool: true, bias: 0 }, // [n, 27, 27, 96]
    { filters: 256, kernel: 5, padding: 2, groups: 2, norm: true, pool: true, bias: 1 }, // [n, 13, 13, 256]
    { filters: 384, kernel: 3, padding: 1, bias: 0 }, // [n, 13, 13, 384], the layer that reads both towers
    { filters: 384, kernel: 3, padding: 1, groups: 2, bias: 1 }, // [n, 13, 13, 384]
    { filters: 256, kernel: 3, padding: 1, groups: 2, pool: true, bias: 1 }, // [n, 6, 6, 256]
  ],
  weights: { normal: 0.01 },
  denseBias: 1,
};

type TowerOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'dropout'>;
type AlexNetOptions = TowerOptions & Pick<Options, 'blur'>;

const initial = (weights: Initializer, bias?: number) => ({
  initialize: weights,
  ...(bias !== undefined && { initializeBias: { constant: bias } }),
});

function features(net: Scope, x: Tensor, tower: Tower, { width, stem, blur }: AlexNetOptions): Tensor {
  let index = 0;
  for (const [i, { norm, pool, bias, groups = 1, ...row }] of tower.rows.entries()) {
    const filters = groups * scaled(row.filters / groups, width);
    const { stride = 1, ...spec } = i === 0 && stem === 'small' ? { kernel: 5, padding: 2 } : row;
    const blurStride = blur > 0 && stride > 1 ? 2 : 1;
    x = conv2d(net.at(`features.${index}`), x, {
      ...spec,
      stride: stride / blurStride,
      filters,
      groups,
      bias: true,
      ...initial(tower.weights, bias),
    });
    x = blurAt(relu(x), { blur, stride: blurStride });
    index += 2;
    // The paper's alpha is 1e-4; this layer, like PyTorch, divides alpha by the window size.
    if (norm) x = localResponseNorm(x, { size: 5, alpha: 5 * 1e-4, beta: 0.75, k: 2 });
    if (norm) index += 1;
    if (pool) x = blurredMaxPoolAt(net.at(`features.${index++}`), x, { kernel: 3, stride: 2 }, blur);
  }
  return x;
}

function alexnet(tower: Tower, options: AlexNetOptions): Forward {
  return (net, images) => {
    let x = features(net, images, tower, options); // [n, 6, 6, 256]
    x = adaptiveAveragePool(x, options.stem === 'small' ? [3, 3] : [6, 6]);
    x = flatten(x); // [n, 9216]
    const units = scaled(4096, options.width);
    for (const i of [1, 4]) {
      x = dropout(net.at(`classifier.${i - 1}`), x, options.dropout);
      x = linear(net.at(`classifier.${i}`), x, { units, ...initial(tower.weights, tower.denseBias) });
      x = relu(x); // [n, 4096]
    }
    const last = initial(tower.weights, tower.denseBias && 0);
    return linear(net.at('classifier.6'), x, { units: options.classes, ...last }); // [n, classes]
  };
}

const common = {
  family: 'alexnet',
  published: '2012-06-01',
  paper: {
    title: 'ImageNet Classification with Deep Convolutional Neural Networks',
    arxiv: null,
  },
  input: 224,
  recipe: 'alexnet',
  options: { classes: 1000, width: 1, stem: 'imagenet', dropout: 0.5 },
} as const;

export const alexnets: readonly NetworkEntry[] = [
  network<keyof AlexNetOptions>({
    ...common,
    name: 'alexnet',
    aliases: [],
    accuracy: percent('torchvision', [56.522, 79.066]),
    options: { ...common.options, blur: 0 },
    forward: (options) => alexnet(oneTower, options),
  }),
  network<keyof TowerOptions>({
    ...common,
    name: 'alexnet_two_tower',
    aliases: ['alexnet_two_towers'],
    accuracy: percent('paper', [59.3, 81.8]),
    forward: (options) => alexnet(twoTowers, { ...options, blur: 0 }),
  }),
];
