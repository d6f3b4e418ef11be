/**
 * EfficientNet. Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", table 1;
 * B1 to B7 scale width, depth and resolution together (section 3.3; the factors are those of the authors' code).
 *
 * Small stem: the first convolution and the first stage with stride 2 keep the size, so that 32 pixels become 4 x 4.
 */
import {
  add,
  dropout,
  type Forward,
  globalAveragePool,
  linear,
  type Scope,
  sigmoid,
  stochasticDepth,
  swish,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm, squeezeExcite } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 1, stages 2 to 8: MBConv blocks. */
const stages = [
  { expand: 1, kernel: 3, channels: 16, repeat: 1, stride: 1 }, // [n, 112, 112, 16]
  { expand: 6, kernel: 3, channels: 24, repeat: 2, stride: 2 }, // [n, 56, 56, 24]
  { expand: 6, kernel: 5, channels: 40, repeat: 2, stride: 2 }, // [n, 28, 28, 40]
  { expand: 6, kernel: 3, channels: 80, repeat: 3, stride: 2 }, // [n, 14, 14, 80]
  { expand: 6, kernel: 5, channels: 112, repeat: 3, stride: 1 }, // [n, 14, 14, 112]
  { expand: 6, kernel: 5, channels: 192, repeat: 4, stride: 2 }, // [n, 7, 7, 192]
  { expand: 6, kernel: 3, channels: 320, repeat: 1, stride: 1 }, // [n, 7, 7, 320]
] as const;

/** Accuracies: top-1 and top-5 of the paper's table 2. The norms of B5 to B7 are torchvision's. */
const rows = [
  { name: 'b0', width: 1.0, depth: 1.0, input: 224, dropout: 0.2, accuracy: [77.1, 93.3] },
  { name: 'b1', width: 1.0, depth: 1.1, input: 240, dropout: 0.2, accuracy: [79.1, 94.4] },
  { name: 'b2', width: 1.1, depth: 1.2, input: 260, dropout: 0.3, accuracy: [80.1, 94.9] },
  { name: 'b3', width: 1.2, depth: 1.4, input: 300, dropout: 0.3, accuracy: [81.6, 95.7] },
  { name: 'b4', width: 1.4, depth: 1.8, input: 380, dropout: 0.4, accuracy: [82.9, 96.4] },
  { name: 'b5', width: 1.6, depth: 2.2, input: 456, dropout: 0.4, accuracy: [83.6, 96.7] },
  { name: 'b6', width: 1.8, depth: 2.6, input: 528, dropout: 0.5, accuracy: [84.0, 96.8] },
  { name: 'b7', width: 2.0, depth: 3.1, input: 600, dropout: 0.5, accuracy: [84.3, 97.0] },
] as const;

type EfficientNetOptions = Pick<
  Options,
  'classes' | 'width' | 'depth' | 'stem' | 'batchNorm' | 'residual' | 'dropout' | 'stochasticDepth'
>;

/** Options of every batch norm. */
export interface Norm {
  readonly batchNorm: boolean;
  readonly epsilon: number;
  readonly momentum: number;
}

/** An MBConv block. */
export interface Block {
  /** Factor on the channels within the block. */
  readonly expand: number;
  readonly kernel: number;
  readonly filters: number;
  readonly stride: number;
  readonly residual: boolean;
  /** Probability that the branch of an image is dropped. */
  readonly drop: number;
}

const initialize = { kaimingNormal: 'fanOut' } as const;
const excitation = { activation: swish, gate: sigmoid, initializeBias: { constant: 0 } } as const;

/**
 * MBConv: 1x1 to `expand` times the channels, depthwise, squeeze and excitation, 1x1 without an activation after it. [n, h, w, c] ->
 * [n, h / stride, w / stride, filters].
 */
export function mbconv(net: Scope, x: Tensor, block: Block, norm: Norm): Tensor {
  const { expand, kernel, filters, stride } = block;
  const inputs = x.shape[3] ?? 0;
  const inner = makeDivisible(inputs * expand, 8);
  const spec = { ...norm, initialize };
  const place = (i: number) => [`block.${i}.0`, `block.${i}.1`] as const;
  let y = x;
  let index = 0;
  if (inner !== inputs) y = swish(convNorm(net, place(index++), y, { ...spec, filters: inner, kernel: 1 }));
  const depthwise = { ...spec, filters: inner, groups: inner, kernel, stride };
  y = swish(convNorm(net, place(index++), y, depthwise));
  const squeezed = Math.max(1, Math.floor(inputs / 4));
  y = squeezeExcite(net.at(`block.${index++}`), y, { ...excitation, squeezed });
  y = convNorm(net, place(index), y, { ...spec, filters, kernel: 1 });
  if (!block.residual || stride !== 1 || inputs !== filters) return y;
  return add(x, stochasticDepth(net.at('stochastic_depth'), y, block.drop));
}

/** The blocks of each stage, scaled by the options, each with its probability of being dropped. */
function scaleBlocks(options: EfficientNetOptions, channels: (count: number) => number): Block[][] {
  const repeats = stages.map(({ repeat }) => Math.ceil(repeat * options.depth));
  const total = repeats.reduce((sum, repeat) => sum + repeat, 0);
  let blockIndex = 0;
  return stages.map(({ expand, kernel, ...row }, stage) =>
    Array.from({ length: repeats[stage] ?? 0 }, (_, i) => ({
      expand,
      kernel,
      filters: channels(row.channels),
      stride: i > 0 || (options.stem === 'small' && stage === 1) ? 1 : row.stride,
      residual: options.residual,
      drop: (options.stochasticDepth * blockIndex++) / total,
    })),
  );
}

function efficientnet(row: (typeof rows)[number], options: EfficientNetOptions): Forward {
  const isBelowB5 = row.depth < 2.2;
  const norm: Norm = {
    batchNorm: options.batchNorm,
    epsilon: isBelowB5 ? 1e-5 : 1e-3,
    momentum: isBelowB5 ? 0.1 : 0.01,
  };
  const channels = (count: number) => makeDivisible(count * row.width * options.width, 8);
  const blocks = scaleBlocks(options, channels);
  const spec = { ...norm, initialize };
  return (net, images) => {
    const stride = options.stem === 'small' ? 1 : 2;
    const stem = { ...spec, filters: channels(32), kernel: 3, stride };
    let x = swish(convNorm(net, ['features.0.0', 'features.0.1'], images, stem)); // [n, 112, 112, 32]
    for (const [stage, repeated] of blocks.entries())
      for (const [i, block] of repeated.entries()) x = mbconv(net.at(`features.${stage + 1}.${i}`), x, block, norm);
    const head = { ...spec, filters: 4 * channels(320), kernel: 1 };
    x = swish(convNorm(net, ['features.8.0', 'features.8.1'], x, head)); // [n, 7, 7, 1280]
    x = dropout(net.at('classifier.0'), globalAveragePool(x), options.dropout);
    return linear(net.at('classifier.1'), x, {
      units: options.classes,
      initialize: { uniform: 1 / Math.sqrt(options.classes) },
      initializeBias: { constant: 0 },
    });
  };
}

export const efficientnets: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof EfficientNetOptions>({
    name: `efficientnet_${row.name}`,
    aliases: [],
    family: 'efficientnet',
    published: '2019-05-28',
    paper: {
      title: 'EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks',
      arxiv: '1905.11946',
    },
    input: row.input,
    accuracy: percent('paper', row.accuracy),
    recipe: 'efficientnet',
    options: {
      classes: 1000,
      width: 1,
      depth: row.depth,
      stem: 'imagenet',
      batchNorm: true,
      residual: true,
      dropout: row.dropout,
      stochasticDepth: 0.2,
    },
    forward: (options) => efficientnet(row, options),
  }),
);
