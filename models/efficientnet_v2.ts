/**
 * EfficientNet v2. Tan & Le 2021, "EfficientNetV2: Smaller Models and Faster Training", table 4 (S) and the authors' code
 * (M), with torchvision's names. The first stages have fused blocks: one 3x3 convolution in place of 1x1 and depthwise.
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
  stochasticDepth,
  swish,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { type Block, mbconv, type Norm } from './efficientnet.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

interface Stage {
  readonly block: 'fused' | 'mbconv';
  readonly expand: number;
  readonly channels: number;
  readonly repeat: number;
  readonly stride: 1 | 2;
}

/** Table 4; all kernels are 3x3. Shapes of 300 pixels. */
const small: readonly Stage[] = [
  { block: 'fused', expand: 1, channels: 24, repeat: 2, stride: 1 }, // [n, 150, 150, 24]
  { block: 'fused', expand: 4, channels: 48, repeat: 4, stride: 2 }, // [n, 75, 75, 48]
  { block: 'fused', expand: 4, channels: 64, repeat: 4, stride: 2 }, // [n, 38, 38, 64]
  { block: 'mbconv', expand: 4, channels: 128, repeat: 6, stride: 2 }, // [n, 19, 19, 128]
  { block: 'mbconv', expand: 6, channels: 160, repeat: 9, stride: 1 }, // [n, 19, 19, 160]
  { block: 'mbconv', expand: 6, channels: 256, repeat: 15, stride: 2 }, // [n, 10, 10, 256]
];

/** Shapes of 384 pixels. */
const medium: readonly Stage[] = [
  { block: 'fused', expand: 1, channels: 24, repeat: 3, stride: 1 }, // [n, 192, 192, 24]
  { block: 'fused', expand: 4, channels: 48, repeat: 5, stride: 2 }, // [n, 96, 96, 48]
  { block: 'fused', expand: 4, channels: 80, repeat: 5, stride: 2 }, // [n, 48, 48, 80]
  { block: 'mbconv', expand: 4, channels: 160, repeat: 7, stride: 2 }, // [n, 24, 24, 160]
  { block: 'mbconv', expand: 6, channels: 176, repeat: 14, stride: 1 }, // [n, 24, 24, 176]
  { block: 'mbconv', expand: 6, channels: 304, repeat: 18, stride: 2 }, // [n, 12, 12, 304]
  { block: 'mbconv', expand: 6, channels: 512, repeat: 5, stride: 1 }, // [n, 12, 12, 512]
];

/** Inputs are torchvision's for training. Its accuracies are measured at 384 (S) and 480 pixels (M). */
const rows = [
  { name: 's', stages: small, input: 300, dropout: 0.2, accuracy: [84.228, 96.878] },
  { name: 'm', stages: medium, input: 384, dropout: 0.3, accuracy: [85.112, 97.156] },
] as const;

type EfficientNetOptions = Pick<
  Options,
  'classes' | 'width' | 'stem' | 'batchNorm' | 'residual' | 'dropout' | 'stochasticDepth'
>;

const initialize = { kaimingNormal: 'fanOut' } as const;

/** Fused MBConv (figure 2): 3x3 to `expand` times the channels, and 1x1. Without expansion it is a single 3x3. */
function fusedMbconv(net: Scope, x: Tensor, block: Block, norm: Norm): Tensor {
  const { expand, kernel, filters, stride } = block;
  const inputs = x.shape[3] ?? 0;
  const inner = makeDivisible(inputs * expand, 8);
  const spec = { ...norm, initialize };
  const first = { ...spec, filters: inner === inputs ? filters : inner, kernel, stride };
  let y = swish(convNorm(net, ['block.0.0', 'block.0.1'], x, first));
  if (inner !== inputs) y = convNorm(net, ['block.1.0', 'block.1.1'], y, { ...spec, filters, kernel: 1 });
  if (!block.residual || stride !== 1 || inputs !== filters) return y;
  return add(x, stochasticDepth(net.at('stochastic_depth'), y, block.drop));
}

function efficientnet(stages: readonly Stage[], options: EfficientNetOptions): Forward {
  const norm: Norm = { batchNorm: options.batchNorm, epsilon: 1e-3, momentum: 0.1 };
  const channels = (count: number) => makeDivisible(count * options.width, 8);
  const spec = { ...norm, initialize };
  const small = options.stem === 'small';
  const total = stages.reduce((sum, { repeat }) => sum + repeat, 0);
  return (net, images) => {
    const stem = { ...spec, filters: channels(24), kernel: 3, stride: small ? 1 : 2 };
    let x = swish(convNorm(net, ['features.0.0', 'features.0.1'], images, stem)); // [n, 150, 150, 24]
    let blockIndex = 0;
    for (const [s, { block, expand, repeat, ...stage }] of stages.entries()) {
      const run = block === 'fused' ? fusedMbconv : mbconv;
      const shape = { expand, kernel: 3, filters: channels(stage.channels), residual: options.residual };
      for (let i = 0; i < repeat; i++) {
        const stride = i > 0 || (small && s === 1) ? 1 : stage.stride;
        const drop = (options.stochasticDepth * blockIndex++) / total;
        x = run(net.at(`features.${s + 1}.${i}`), x, { ...shape, stride, drop }, norm);
      }
    }
    const head = [`features.${stages.length + 1}.0`, `features.${stages.length + 1}.1`] as const;
    x = swish(convNorm(net, head, x, { ...spec, filters: channels(1280), kernel: 1 })); // [n, 10, 10, 1280]
    x = dropout(net.at('classifier.0'), globalAveragePool(x), options.dropout);
    return linear(net.at('classifier.1'), x, {
      units: options.classes,
      initialize: { uniform: 1 / Math.sqrt(options.classes) },
      initializeBias: { constant: 0 },
    });
  };
}

export const efficientnetsV2: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof EfficientNetOptions>({
    name: `efficientnet_v2_${row.name}`,
    aliases: [`tf_efficientnetv2_${row.name}`],
    family: 'efficientnet_v2',
    published: '2021-04-01',
    paper: { title: 'EfficientNetV2: Smaller Models and Faster Training', arxiv: '2104.00298' },
    input: row.input,
    accuracy: percent('torchvision', row.accuracy),
    recipe: 'efficientnet_v2',
    options: {
      classes: 1000,
      width: 1,
      stem: 'imagenet',
      batchNorm: true,
      residual: true,
      dropout: row.dropout,
      stochasticDepth: 0.2,
    },
    forward: (options) => efficientnet(row.stages, options),
  }),
);
