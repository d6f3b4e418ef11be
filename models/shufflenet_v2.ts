/**
 * ShuffleNet v2. Ma et al. 2018, "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", table 5 and
 * figure 3 c, d.
 *
 * Small stem: the first convolution has stride 1, and there is no max pool.
 */
import {
  channelShuffle,
  concat,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  splitChannels,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm, maxPoolAt } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 5: output channels of stages 2, 3 and 4 and of conv5. Hernandez & Brown write 1_5x for x1_5. */
const rows = [
  { name: 'x0_5', alias: '0_5x', channels: [48, 96, 192, 1024], accuracy: [60.552, 81.746] },
  { name: 'x1_0', alias: '1x', channels: [116, 232, 464, 1024], accuracy: [69.362, 88.316] },
  { name: 'x1_5', alias: '1_5x', channels: [176, 352, 704, 1024], accuracy: [72.996, 91.086] },
  { name: 'x2_0', alias: '2x', channels: [244, 488, 976, 2048], accuracy: [76.23, 93.006] },
] as const;

/** Units of stages 2, 3 and 4; the first of each halves the size. */
const repeats = [4, 8, 4] as const;

type ShuffleNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm'>;

/** 1x1, depthwise 3x3, 1x1, each to `filters` channels. */
function branch2(net: Scope, x: Tensor, filters: number, stride: number, norm: boolean): Tensor {
  const spec = { filters, batchNorm: norm };
  let y = relu(convNorm(net, ['0', '1'], x, { ...spec, kernel: 1 }));
  y = convNorm(net, ['3', '4'], y, { ...spec, kernel: 3, groups: filters, stride });
  return relu(convNorm(net, ['5', '6'], y, { ...spec, kernel: 1 }));
}

/** Depthwise 3x3 with stride 2 and 1x1: the other branch of a unit that halves the size (figure 3 d). */
function branch1(net: Scope, x: Tensor, filters: number, batchNorm: boolean): Tensor {
  const channels = x.shape[3] ?? 0;
  const depthwise = { filters: channels, groups: channels, kernel: 3, stride: 2, batchNorm };
  const y = convNorm(net, ['0', '1'], x, depthwise);
  return relu(convNorm(net, ['2', '3'], y, { filters, kernel: 1, batchNorm }));
}

function unit(net: Scope, x: Tensor, out: number, halve: boolean, norm: boolean): Tensor {
  const half = out / 2;
  if (halve) {
    const left = branch1(net.at('branch1'), x, half, norm);
    return channelShuffle(concat([left, branch2(net.at('branch2'), x, half, 2, norm)]), 2);
  }
  const [left = x, right = x] = splitChannels(x, 2);
  return channelShuffle(concat([left, branch2(net.at('branch2'), right, half, 1, norm)]), 2);
}

function shufflenet(channels: readonly number[], options: ShuffleNetOptions): Forward {
  const { batchNorm, width, classes } = options;
  const small = options.stem === 'small';
  return (net, images) => {
    const stem = { filters: scaled(24, width), kernel: 3, stride: small ? 1 : 2, batchNorm };
    let x = relu(convNorm(net, ['conv1.0', 'conv1.1'], images, stem)); // [n, 112, 112, 24]
    if (!small) x = maxPoolAt(net.at('maxpool'), x, { kernel: 3, stride: 2, padding: 1 });
    // x1_0: [n, 28, 28, 116], [n, 14, 14, 232], [n, 7, 7, 464]
    for (const [stage, repeat] of repeats.entries()) {
      const out = scaled(channels[stage] ?? 0, width);
      for (let i = 0; i < repeat; i++) x = unit(net.at(`stage${stage + 2}.${i}`), x, out, i === 0, batchNorm);
    }
    const last = { filters: scaled(channels[3] ?? 0, width), kernel: 1, batchNorm };
    x = relu(convNorm(net, ['conv5.0', 'conv5.1'], x, last)); // [n, 7, 7, 1024]
    return linear(net.at('fc'), globalAveragePool(x), { units: classes }); // [n, classes]
  };
}

export const shufflenetsV2: readonly NetworkEntry[] = rows.map(({ name, alias, channels, accuracy }) =>
  network<keyof ShuffleNetOptions>({
    name: `shufflenet_v2_${name}`,
    aliases: [`ShuffleNet_v2_${alias}`],
    family: 'shufflenet_v2',
    published: '2018-07-30',
    paper: {
      title: 'ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design',
      arxiv: '1807.11164',
    },
    input: 224,
    accuracy: percent('torchvision', accuracy),
    recipe: 'shufflenet_v2',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true },
    forward: (options) => shufflenet(channels, options),
  }),
);
