/**
 * MobileNet v2. Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", table 2.
 *
 * A blur stands where antialiased-cnns has it (Zhang 2019): a depthwise convolution with a stride gets stride 1, and a blur after its
 * relu6 has the stride. The first convolution keeps its stride.
 *
 * Small stem: the first convolution and the first block with stride 2 keep the size, so that 32 pixels become 4 x 4.
 */
import {
  add,
  dropout,
  type Forward,
  globalAveragePool,
  linear,
  relu6,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { blurAt, convNorm, strideBeforeBlur } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 2: the columns t, c, n and s. */
const rows = [
  { expand: 1, channels: 16, repeat: 1, stride: 1 }, // [n, 112, 112, 16]
  { expand: 6, channels: 24, repeat: 2, stride: 2 }, // [n, 56, 56, 24]
  { expand: 6, channels: 32, repeat: 3, stride: 2 }, // [n, 28, 28, 32]
  { expand: 6, channels: 64, repeat: 4, stride: 2 }, // [n, 14, 14, 64]
  { expand: 6, channels: 96, repeat: 3, stride: 1 }, // [n, 14, 14, 96]
  { expand: 6, channels: 160, repeat: 3, stride: 2 }, // [n, 7, 7, 160]
  { expand: 6, channels: 320, repeat: 1, stride: 1 }, // [n, 7, 7, 320]
] as const;

type MobileNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'residual' | 'blur' | 'dropout'>;

interface Block {
  readonly expand: number;
  readonly filters: number;
  readonly stride: number;
  readonly batchNorm: boolean;
  readonly residual: boolean;
  readonly blur: number;
}

const initialize = { kaimingNormal: 'fanOut' } as const;

/** 1x1 to `expand` times the channels, depthwise 3x3, 1x1 without an activation. */
function invertedResidual(net: Scope, x: Tensor, block: Block): Tensor {
  const { expand, filters, stride, batchNorm } = block;
  const inputs = x.shape[3] ?? 0;
  const inner = Math.round(inputs * expand);
  const spec = { batchNorm, initialize };
  let y = x;
  let index = 0;
  const next = () => {
    const place = `conv.${index++}`;
    return [`${place}.0`, `${place}.1`] as const;
  };
  if (expand !== 1) y = relu6(convNorm(net, next(), y, { ...spec, filters: inner, kernel: 1 }));
  const depthwise = { filters: inner, groups: inner, kernel: 3, stride: strideBeforeBlur(block) };
  y = blurAt(relu6(convNorm(net, next(), y, { ...spec, ...depthwise })), block);
  const last = [`conv.${index}`, `conv.${index + 1}`] as const;
  y = convNorm(net, last, y, { ...spec, filters, kernel: 1 });
  return block.residual && stride === 1 && inputs === filters ? add(x, y) : y;
}

function mobilenet(factor: number, options: MobileNetOptions): Forward {
  const { batchNorm, residual, blur } = options;
  const small = options.stem === 'small';
  const width = factor * options.width;
  const channels = (count: number) => makeDivisible(count * width, 8);
  const spec = { batchNorm, initialize };
  return (net, images) => {
    const stride = small ? 1 : 2;
    const stem = { ...spec, filters: channels(32), kernel: 3, stride };
    let x = relu6(convNorm(net, ['features.0.0', 'features.0.1'], images, stem)); // [n, 112, 112, 32]
    let index = 1;
    for (const [stage, { expand, repeat, ...row }] of rows.entries()) {
      const filters = channels(row.channels);
      for (let i = 0; i < repeat; i++) {
        const blockStride = i > 0 || (small && stage === 1) ? 1 : row.stride;
        const block = { expand, filters, stride: blockStride, batchNorm, residual, blur };
        x = invertedResidual(net.at(`features.${index++}`), x, block);
      }
    }
    const filters = makeDivisible(1280 * Math.max(1, width), 8);
    const head = [`features.${index}.0`, `features.${index}.1`] as const;
    x = relu6(convNorm(net, head, x, { ...spec, filters, kernel: 1 })); // [n, 7, 7, 1280]
    x = dropout(net.at('classifier.0'), globalAveragePool(x), options.dropout);
    return linear(net.at('classifier.1'), x, {
      units: options.classes,
      initialize: { normal: 0.01 },
      initializeBias: { constant: 0 },
    });
  };
}

/** The width multipliers of the paper's section 6.1 and of the authors' code. */
const variants = [
  { name: 'mobilenet_v2_x0_35', alias: 'mobilenetv2_035', factor: 0.35, accuracy: null },
  { name: 'mobilenet_v2_x0_5', alias: 'mobilenetv2_050', factor: 0.5, accuracy: null },
  { name: 'mobilenet_v2_x0_75', alias: 'mobilenetv2_075', factor: 0.75, accuracy: null },
  {
    name: 'mobilenet_v2',
    alias: 'mobilenetv2_100',
    factor: 1,
    accuracy: percent('torchvision', [71.878, 90.286]),
  },
  { name: 'mobilenet_v2_x1_3', alias: 'mobilenetv2_130', factor: 1.3, accuracy: null },
  {
    name: 'mobilenet_v2_x1_4',
    alias: 'mobilenetv2_140',
    factor: 1.4,
    accuracy: percent('paper', [74.7, null]),
  },
];

export const mobilenetsV2: readonly NetworkEntry[] = variants.map(({ name, alias, factor, accuracy }) =>
  network<keyof MobileNetOptions>({
    name,
    aliases: [alias],
    family: 'mobilenet_v2',
    published: '2018-01-13',
    paper: {
      title: 'MobileNetV2: Inverted Residuals and Linear Bottlenecks',
      arxiv: '1801.04381',
    },
    input: 224,
    accuracy,
    recipe: 'mobilenet_v2',
    options: {
      classes: 1000,
      width: 1,
      stem: 'imagenet',
      batchNorm: true,
      residual: true,
      blur: 0,
      dropout: 0.2,
    },
    forward: (options) => mobilenet(factor, options),
  }),
);
