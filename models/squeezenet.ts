/**
 * SqueezeNet. Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", table 1. 1.1 is
 * the authors' later version with 2.4 times fewer MACs (github.com/forresti/SqueezeNet, SqueezeNet_v1.1).
 *
 * Small stem: the first convolution is 3x3 with stride 1 and padding 1, and there is no pool after it.
 */
import {
  concat,
  conv2d,
  dropout,
  type Forward,
  globalAveragePool,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { maxPoolAt } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

type Row =
  | { readonly op: 'conv'; readonly filters: number; readonly kernel: number }
  | { readonly op: 'pool' }
  | { readonly op: 'fire'; readonly squeeze: number; readonly expand: number };

/** The rows are torchvision's `features`, without index 1, the relu of the first convolution. */
const version10: readonly Row[] = [
  { op: 'conv', filters: 96, kernel: 7 }, // [n, 109, 109, 96]
  { op: 'pool' }, // [n, 54, 54, 96]
  { op: 'fire', squeeze: 16, expand: 64 }, // [n, 54, 54, 128]
  { op: 'fire', squeeze: 16, expand: 64 },
  { op: 'fire', squeeze: 32, expand: 128 }, // [n, 54, 54, 256]
  { op: 'pool' }, // [n, 27, 27, 256]
  { op: 'fire', squeeze: 32, expand: 128 },
  { op: 'fire', squeeze: 48, expand: 192 }, // [n, 27, 27, 384]
  { op: 'fire', squeeze: 48, expand: 192 },
  { op: 'fire', squeeze: 64, expand: 256 }, // [n, 27, 27, 512]
  { op: 'pool' }, // [n, 13, 13, 512]
  { op: 'fire', squeeze: 64, expand: 256 }, // [n, 13, 13, 512]
];

const version11: readonly Row[] = [
  { op: 'conv', filters: 64, kernel: 3 }, // [n, 111, 111, 64]
  { op: 'pool' }, // [n, 55, 55, 64]
  { op: 'fire', squeeze: 16, expand: 64 }, // [n, 55, 55, 128]
  { op: 'fire', squeeze: 16, expand: 64 },
  { op: 'pool' }, // [n, 27, 27, 128]
  { op: 'fire', squeeze: 32, expand: 128 }, // [n, 27, 27, 256]
  { op: 'fire', squeeze: 32, expand: 128 },
  { op: 'pool' }, // [n, 13, 13, 256]
  { op: 'fire', squeeze: 48, expand: 192 }, // [n, 13, 13, 384]
  { op: 'fire', squeeze: 48, expand: 192 },
  { op: 'fire', squeeze: 64, expand: 256 }, // [n, 13, 13, 512]
  { op: 'fire', squeeze: 64, expand: 256 },
];

type SqueezeNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'dropout'>;

const initial = {
  bias: true,
  initialize: { kaimingUniform: Math.SQRT2 },
  initializeBias: { constant: 0 },
} as const;

function fire(net: Scope, x: Tensor, squeeze: number, expand: number): Tensor {
  x = relu(conv2d(net.at('squeeze'), x, { filters: squeeze, kernel: 1, ...initial }));
  const spec = { filters: expand, ...initial };
  return concat([
    relu(conv2d(net.at('expand1x1'), x, { ...spec, kernel: 1 })),
    relu(conv2d(net.at('expand3x3'), x, { ...spec, kernel: 3, padding: 1 })),
  ]);
}

function applyRow(net: Scope, x: Tensor, row: Row, { width, stem }: SqueezeNetOptions): Tensor {
  if (row.op === 'pool') return maxPoolAt(net, x, { kernel: 3, stride: 2, ceil: true });
  if (row.op === 'fire') return fire(net, x, scaled(row.squeeze, width), scaled(row.expand, width));
  const size = stem === 'small' ? { kernel: 3, stride: 1, padding: 1 } : { kernel: row.kernel, stride: 2 };
  return relu(conv2d(net, x, { filters: scaled(row.filters, width), ...size, ...initial }));
}

function squeezenet(rows: readonly Row[], options: SqueezeNetOptions): Forward {
  return (net, images) => {
    let x = images;
    for (const [i, row] of rows.entries()) {
      if (i === 1 && options.stem === 'small') continue;
      x = applyRow(net.at(`features.${i === 0 ? 0 : i + 1}`), x, row, options);
    }
    x = dropout(net.at('classifier.0'), x, options.dropout); // [n, 13, 13, 512]
    const classifier = {
      ...initial,
      filters: options.classes,
      kernel: 1,
      initialize: { normal: 0.01 },
    };
    x = relu(conv2d(net.at('classifier.1'), x, classifier)); // [n, 13, 13, classes]
    return globalAveragePool(x); // [n, classes]
  };
}

const versions = [
  { name: 'squeezenet1_0', alias: 'SqueezeNet_v1_0', rows: version10, accuracy: [58.092, 80.42] },
  { name: 'squeezenet1_1', alias: 'SqueezeNet_v1_1', rows: version11, accuracy: [58.178, 80.624] },
] as const;

export const squeezenets: readonly NetworkEntry[] = versions.map(({ name, alias, rows, accuracy }) =>
  network<keyof SqueezeNetOptions>({
    name,
    aliases: [alias],
    family: 'squeezenet',
    published: '2016-02-24',
    paper: {
      title: 'SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size',
      arxiv: '1602.07360',
    },
    input: 224,
    accuracy: percent('torchvision', accuracy),
    recipe: 'squeezenet',
    options: { classes: 1000, width: 1, stem: 'imagenet', dropout: 0.5 },
    forward: (options) => squeezenet(rows, options),
  }),
);
