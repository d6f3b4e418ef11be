/**
 * VGG. Simonyan & Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition", table 1.
 *
 * Small stem: the convolutions are unchanged. Five pools reduce 32 pixels to 1 x 1, and the classifier input is 1 x 1 instead of
 * 7 x 7.
 */
import {
  adaptiveAveragePool,
  dropout,
  flatten,
  type Forward,
  linear,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { blurredMaxPoolAt, convNorm } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

const channels = [64, 128, 256, 512, 512] as const;

/** Convolutions of each of the five stages, and torchvision's accuracies without and with batch norm. */
const rows = [
  { name: 'vgg11', stages: [1, 1, 2, 2, 2], plain: [69.02, 88.628], norm: [70.37, 89.81] }, // A
  { name: 'vgg13', stages: [2, 2, 2, 2, 2], plain: [69.928, 89.246], norm: [71.586, 90.374] }, // B
  { name: 'vgg16', stages: [2, 2, 3, 3, 3], plain: [71.592, 90.382], norm: [73.36, 91.516] }, // D
  { name: 'vgg19', stages: [2, 2, 4, 4, 4], plain: [72.376, 90.876], norm: [74.218, 91.842] }, // E
] as const;

type VggOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'blur' | 'dropout'>;

/** The indices are those of torchvision's Sequential: convolution, batch norm if there is one, relu, pool. */
function features(net: Scope, x: Tensor, stages: readonly number[], { width, batchNorm, blur }: VggOptions): Tensor {
  let index = 0;
  for (const [stage, repeat] of stages.entries()) {
    for (let i = 0; i < repeat; i++) {
      x = convNorm(net, [`features.${index}`, `features.${index + 1}`], x, {
        filters: scaled(channels[stage] ?? 512, width),
        kernel: 3,
        bias: true,
        batchNorm,
        initialize: { kaimingNormal: 'fanOut' },
        initializeBias: { constant: 0 },
      });
      x = relu(x);
      index += batchNorm ? 3 : 2;
    }
    x = blurredMaxPoolAt(net.at(`features.${index++}`), x, { kernel: 2, stride: 2 }, blur);
  }
  return x;
}

function vgg(stages: readonly number[], options: VggOptions): Forward {
  return (net, images) => {
    let x = features(net, images, stages, options); // [n, 7, 7, 512]
    x = adaptiveAveragePool(x, options.stem === 'small' ? [1, 1] : [7, 7]);
    x = flatten(x); // [n, 25088]
    const initial = { initialize: { normal: 0.01 }, initializeBias: { constant: 0 } };
    for (const i of [0, 3]) {
      x = relu(linear(net.at(`classifier.${i}`), x, { units: scaled(4096, options.width), ...initial }));
      x = dropout(net.at(`classifier.${i + 2}`), x, options.dropout); // [n, 4096]
    }
    return linear(net.at('classifier.6'), x, { units: options.classes, ...initial }); // [n, classes]
  };
}

const common = {
  family: 'vgg',
  published: '2014-09-04',
  paper: {
    title: 'Very Deep Convolutional Networks for Large-Scale Image Recognition',
    arxiv: '1409.1556',
  },
  input: 224,
  recipe: 'vgg',
} as const;

export const vggs: readonly NetworkEntry[] = rows.flatMap(({ name, stages, plain, norm }) =>
  [false, true].map((batchNorm) =>
    network<keyof VggOptions>({
      ...common,
      name: batchNorm ? `${name}_bn` : name,
      aliases: [],
      accuracy: percent('torchvision', batchNorm ? norm : plain),
      options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm, blur: 0, dropout: 0.5 },
      forward: (options) => vgg(stages, options),
    }),
  ),
);
