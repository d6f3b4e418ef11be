/**
 * ShuffleNet. Zhang et al. 2017, "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
 * table 1 and figure 2. The parameters have names by analogy with torchvision's shufflenet_v2.
 *
 * For widths other than 1, the stem has the 12, 24, 24 and 48 channels of the authors' code (megvii-model/ShuffleNet-Series). The
 * channels of a stage are rounded to a multiple of four times the groups, because table 1 at 0.5x is not a whole number.
 * Small stem: the first convolution has stride 1, and there is no max pool.
 */
import {
  add,
  averagePool,
  channelShuffle,
  concat,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm, maxPoolAt } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** Table 1: output channels of stage 2 for each number of groups; each further stage doubles them. */
const stage2Channels = { 1: 144, 2: 200, 3: 240, 4: 272, 8: 384 } as const;
/** Table 1: units of stages 2, 3 and 4; the first of each halves the size. */
const repeats = [4, 8, 4] as const;
/** Channels of the stem. */
const stems = { '0.5': 12, '1.0': 24, '1.5': 24, '2.0': 48 } as const;

type Groups = keyof typeof stage2Channels;
type Width = keyof typeof stems;
type ShuffleNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'residual'>;

interface Unit {
  readonly out: number;
  readonly stride: 1 | 2;
  readonly groups: number;
  /** Groups of the first pointwise convolution; 1 in the first unit of stage 2, which has few input channels. */
  readonly firstGroups: number;
  readonly batchNorm: boolean;
  readonly residual: boolean;
}

/** Grouped 1x1, shuffle, depthwise 3x3, grouped 1x1; added to the input, or concatenated with its average pool (figure 2 b, c). */
function unit(net: Scope, x: Tensor, { out, stride, groups, firstGroups, ...rest }: Unit): Tensor {
  const { batchNorm, residual } = rest;
  const inner = out / 4;
  const filters = stride === 2 ? out - (x.shape[3] ?? 0) : out;
  const place = (i: number) => [`branch2.${i}`, `branch2.${i + 1}`] as const;
  let y = convNorm(net, place(0), x, { filters: inner, kernel: 1, groups: firstGroups, batchNorm });
  y = channelShuffle(relu(y), groups);
  const depthwise = { filters: inner, groups: inner, kernel: 3, stride, batchNorm };
  y = convNorm(net, place(4), y, depthwise);
  y = convNorm(net, place(6), y, { filters, kernel: 1, groups, batchNorm });
  if (stride === 2) return relu(concat([averagePool(x, { kernel: 3, stride: 2, padding: 1 }), y]));
  return relu(residual ? add(x, y) : y);
}

function shufflenet(groups: Groups, row: Width, options: ShuffleNetOptions): Forward {
  const { batchNorm, residual, classes } = options;
  const small = options.stem === 'small';
  const first = makeDivisible(stage2Channels[groups] * Number(row) * options.width, 4 * groups);
  const stem = makeDivisible(stems[row] * options.width, groups);
  return (net, images) => {
    const convolution = { filters: stem, kernel: 3, stride: small ? 1 : 2, batchNorm };
    let x = relu(convNorm(net, ['conv1.0', 'conv1.1'], images, convolution)); // [n, 112, 112, 24]
    if (!small) x = maxPoolAt(net.at('maxpool'), x, { kernel: 3, stride: 2, padding: 1 });
    // groups 3: [n, 28, 28, 240], [n, 14, 14, 480], [n, 7, 7, 960]
    for (const [stage, repeat] of repeats.entries()) {
      for (let i = 0; i < repeat; i++) {
        x = unit(net.at(`stage${stage + 2}.${i}`), x, {
          out: first * 2 ** stage,
          stride: i === 0 ? 2 : 1,
          groups,
          firstGroups: stage === 0 && i === 0 ? 1 : groups,
          batchNorm,
          residual,
        });
      }
    }
    return linear(net.at('fc'), globalAveragePool(x), { units: classes }); // [n, classes]
  };
}

/** Top-1 of the paper's table 2. */
const top1: Partial<Record<Width, Partial<Record<Groups, number>>>> = {
  '0.5': { 1: 54.9, 2: 55.6, 3: 56.8, 4: 58.4, 8: 57.7 },
  '1.0': { 1: 66.4, 2: 67.3, 3: 67.4, 4: 67.2, 8: 67.6 },
  '1.5': { 3: 71.5 },
  '2.0': { 3: 73.7 },
};

const entry = (groups: Groups, width: Width): NetworkEntry => {
  const published = top1[width]?.[groups];
  return network<keyof ShuffleNetOptions>({
    name: `shufflenet_v1_x${width.replace('.', '_')}_g${groups}`,
    aliases: width === '1.0' && groups === 3 ? ['ShuffleNet_v1_1x', 'shufflenet_v1_x1_g3'] : [],
    family: 'shufflenet_v1',
    published: '2017-07-04',
    paper: {
      title: 'ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices',
      arxiv: '1707.01083',
    },
    input: 224,
    accuracy: published === undefined ? null : percent('paper', [published, null]),
    recipe: 'shufflenet_v1',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, residual: true },
    forward: (options) => shufflenet(groups, width, options),
  });
};

const widths: readonly Width[] = ['0.5', '1.0', '1.5', '2.0'];
const groupings: readonly Groups[] = [1, 2, 3, 4, 8];

export const shufflenetsV1: readonly NetworkEntry[] = widths.flatMap((width) =>
  groupings.map((groups) => entry(groups, width)),
);
