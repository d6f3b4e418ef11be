/**
 * airbench94, for CIFAR-10's images of 32 pixels. Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", section 3 and
 * the author's code (github.com/KellerJordan/cifar10-airbench). The layers have the names of its Sequential.
 *
 * The first convolution whitens 2 x 2 patches. Its filters are computed from the first 5000 training images and are never trained;
 * its bias is trained. The norms have offsets and a constant scale of 1.
 */
import {
  batchNorm,
  conv2d,
  flatten,
  type Forward,
  gelu,
  linear,
  scaleBy,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { maxPoolAt, torchDefault } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry } from './entry.ts';
import type { Options } from './options.ts';

const WHITENING = { kernel: 2, epsilon: 5e-4 } as const;
/** Output channels: the eigenvectors of patches of 3 x 2 x 2 values, and their negatives. */
const WHITENED_CHANNELS = 2 * 3 * WHITENING.kernel ** 2;
const GROUPS = [64, 256, 256] as const;
const LOGIT_SCALE = 1 / 9;

type AirbenchOptions = Pick<Options, 'classes' | 'width'>;

/** A 3x3 convolution that starts as the identity on its input's channels. */
const convolution = (net: Scope, x: Tensor, filters: number): Tensor =>
  conv2d(net, x, { filters, kernel: 3, padding: 1, initialize: { identityThen: torchDefault } });

const norm = (net: Scope, x: Tensor): Tensor =>
  batchNorm(net, x, { momentum: 0.4, epsilon: 1e-12, constantScale: true });

function group(net: Scope, x: Tensor, filters: number): Tensor {
  x = maxPoolAt(net.at('pool'), convolution(net.at('conv1'), x, filters), { kernel: 2, stride: 2 });
  x = gelu(norm(net.at('norm1'), x));
  x = convolution(net.at('conv2'), x, filters);
  return gelu(norm(net.at('norm2'), x));
}

function airbench({ classes, width }: AirbenchOptions): Forward {
  return (net, images) => {
    let x = conv2d(net.at('0'), images, {
      filters: WHITENED_CHANNELS,
      kernel: WHITENING.kernel,
      constant: true,
      initialize: { whitening: WHITENING },
      bias: true,
      initializeBias: { constant: 0 },
    }); // [n, 31, 31, 24]
    x = gelu(x);
    // [n, 15, 15, 64], [n, 7, 7, 256], [n, 3, 3, 256]
    for (const [i, filters] of GROUPS.entries()) x = group(net.at(`${i + 2}`), x, scaled(filters, width));
    x = flatten(maxPoolAt(net.at('5'), x, { kernel: 3, stride: 3 })); // [n, 256]
    return scaleBy(linear(net.at('7'), x, { units: classes, bias: false }), LOGIT_SCALE); // [n, classes]
  };
}

export const airbenches: readonly NetworkEntry[] = [
  network<keyof AirbenchOptions>({
    name: 'airbench94',
    aliases: [],
    family: 'airbench',
    published: '2024-03-30',
    paper: { title: '94% on CIFAR-10 in 3.29 Seconds on a Single GPU', arxiv: '2404.00498' },
    input: 32,
    accuracy: null,
    recipe: 'airbench94',
    initialImages: 5000,
    options: { classes: 10, width: 1 },
    forward: airbench,
  }),
];
