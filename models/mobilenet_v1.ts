/**
 * MobileNet. Howard et al. 2017, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
 * table 1, with the names of timm's mobilenetv1_100 (relu6, as in the authors' code).
 *
 * Small stem: the first convolution and the first depthwise convolution with stride 2 keep the size, so that 32 pixels become
 * 4 x 4.
 */
import { dropout, type Forward, globalAveragePool, linear, relu6, type Scope, type Tensor } from '../src/nn/index.ts';
import { convNorm } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 1: depthwise 3x3 and pointwise 1x1, `repeat` times; the first of each row has the stride. */
const rows = [
  { channels: 64, repeat: 1, stride: 1 }, // [n, 112, 112, 64]
  { channels: 128, repeat: 2, stride: 2 }, // [n, 56, 56, 128]
  { channels: 256, repeat: 2, stride: 2 }, // [n, 28, 28, 256]
  { channels: 512, repeat: 6, stride: 2 }, // [n, 14, 14, 512]
  { channels: 1024, repeat: 2, stride: 2 }, // [n, 7, 7, 1024]
] as const;

type MobileNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'dropout'>;

function separable(net: Scope, x: Tensor, filters: number, stride: number, batchNorm: boolean): Tensor {
  const channels = x.shape[3] ?? 0;
  // The fan out of one group: 9. TensorFlow's initializer for these networks uses it.
  const depthwise = { filters: channels, groups: channels, kernel: 3, stride, batchNorm };
  x = relu6(
    convNorm(net, ['conv_dw', 'bn1'], x, {
      ...depthwise,
      initialize: { normal: Math.sqrt(2 / 9) },
    }),
  );
  const pointwise = {
    filters,
    kernel: 1,
    batchNorm,
    initialize: { kaimingNormal: 'fanOut' },
  } as const;
  return relu6(convNorm(net, ['conv_pw', 'bn2'], x, pointwise));
}

function mobilenet(factor: number, options: MobileNetOptions): Forward {
  const { classes, batchNorm } = options;
  const small = options.stem === 'small';
  const channels = (count: number) => makeDivisible(count * factor * options.width, 8);
  return (net, images) => {
    let x = convNorm(net, ['conv_stem', 'bn1'], images, {
      filters: channels(32),
      kernel: 3,
      stride: small ? 1 : 2,
      batchNorm,
      initialize: { kaimingNormal: 'fanOut' },
    });
    x = relu6(x); // [n, 112, 112, 32]
    for (const [stage, row] of rows.entries()) {
      for (let i = 0; i < row.repeat; i++) {
        const stride = i > 0 || (small && stage === 1) ? 1 : row.stride;
        const at = net.at(`blocks.${stage}.${i}`);
        x = separable(at, x, channels(row.channels), stride, batchNorm);
      }
    }
    x = dropout(net.at('dropout'), globalAveragePool(x), options.dropout); // [n, 1024]
    return linear(net.at('classifier'), x, {
      units: classes,
      initialize: { uniform: 1 / Math.sqrt(classes) },
      initializeBias: { constant: 0 },
    });
  };
}

/** The paper's width multipliers, with the accuracies of its table 6. */
const variants = [
  { name: 'mobilenet_v1_x0_25', alias: 'mobilenetv1_025', factor: 0.25, top1: 50.6 },
  { name: 'mobilenet_v1_x0_5', alias: 'mobilenetv1_050', factor: 0.5, top1: 63.7 },
  { name: 'mobilenet_v1_x0_75', alias: 'mobilenetv1_075', factor: 0.75, top1: 68.4 },
  { name: 'mobilenet_v1', alias: 'mobilenetv1_100', factor: 1, top1: 70.6 },
];

export const mobilenetsV1: readonly NetworkEntry[] = variants.map(({ name, alias, factor, top1 }) =>
  network<keyof MobileNetOptions>({
    name,
    aliases: [alias, ...(factor === 1 ? ['mobilenet', 'timm_mobilenetv1_100'] : [])],
    family: 'mobilenet_v1',
    published: '2017-04-17',
    paper: {
      title: 'MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications',
      arxiv: '1704.04861',
    },
    input: 224,
    accuracy: percent('paper', [top1, null]),
    recipe: 'mobilenet_v1',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, dropout: 0 },
    forward: (options) => mobilenet(factor, options),
  }),
);
