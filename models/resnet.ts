/**
 * ResNet (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), Wide ResNet (Zagoruyko & Komodakis
 * 2016) and ResNeXt (Xie et al. 2016): one kind of block with different numbers.
 *
 * In torchvision the 3x3 convolution of a bottleneck has the stride; in the paper the 1x1 before it has (the rows `_v1`).
 * Small stem: 3x3 with stride 1 and no max pool, as in the paper's section 4.2 on CIFAR-10.
 * A blur stands where antialiased-cnns has it (Zhang 2019): after the activation of the convolution that has the stride without a blur.
 */
import {
  add,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  stochasticDepth,
  type Tensor,
} from '../src/nn/index.ts';
import { blurAt, blurredMaxPoolAt, convNorm, strideBeforeBlur } from './blocks.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, type Paper, percent } from './entry.ts';
import type { Options } from './options.ts';

const resnetPaper = {
  paper: { title: 'Deep Residual Learning for Image Recognition', arxiv: '1512.03385' },
  published: '2015-12-10',
  recipe: 'resnet',
};
const widePaper = {
  paper: { title: 'Wide Residual Networks', arxiv: '1605.07146' },
  published: '2016-05-23',
  recipe: 'wide_resnet',
};
const resnextPaper = {
  paper: {
    title: 'Aggregated Residual Transformations for Deep Neural Networks',
    arxiv: '1611.05431',
  },
  published: '2016-11-16',
  recipe: 'resnext',
};

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly paper: Paper;
  readonly published: string;
  readonly recipe: string;
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of conv2_x to conv5_x. */
  readonly stages: readonly [number, number, number, number];
  readonly groups?: number;
  /** Channels per group in conv2_x; 64 in a ResNet. */
  readonly groupWidth?: number;
  /** Which convolution of a bottleneck has the stride. */
  readonly strideIn?: '1x1' | '3x3';
  readonly accuracy: readonly [number, number] | null;
  /** The row's own factors on channels and blocks, and its input size; see `scaledDown`. */
  readonly width?: number;
  readonly depth?: number;
  readonly input?: number;
}

/**
 * ResNet-50 with depth divided by 1.4, width by 1.2 and resolution by 1.3, `times` times. Hernandez & Brown 2020, section 5.1,
 * use it to find how much of EfficientNet's gain comes from its scaling rule.
 */
const scaledDown = (times: number, input: number) => ({
  ...resnetPaper,
  block: 'bottleneck' as const,
  stages: [3, 4, 6, 3] as const,
  accuracy: null,
  depth: 1.4 ** -times,
  width: 1.2 ** -times,
  input,
});

const rows: readonly Row[] = [
  { ...resnetPaper, name: 'resnet18', block: 'basic', stages: [2, 2, 2, 2], accuracy: [69.758, 89.078] },
  { ...resnetPaper, name: 'resnet34', block: 'basic', stages: [3, 4, 6, 3], accuracy: [73.314, 91.42] },
  { ...resnetPaper, name: 'resnet50', block: 'bottleneck', stages: [3, 4, 6, 3], accuracy: [76.13, 92.862] },
  { ...resnetPaper, name: 'resnet101', block: 'bottleneck', stages: [3, 4, 23, 3], accuracy: [77.374, 93.546] },
  { ...resnetPaper, name: 'resnet152', block: 'bottleneck', stages: [3, 8, 36, 3], accuracy: [78.312, 94.046] },
  { ...resnetPaper, name: 'resnet50_v1', block: 'bottleneck', stages: [3, 4, 6, 3], strideIn: '1x1', accuracy: null },
  { ...resnetPaper, name: 'resnet101_v1', block: 'bottleneck', stages: [3, 4, 23, 3], strideIn: '1x1', accuracy: null },
  { ...resnetPaper, name: 'resnet152_v1', block: 'bottleneck', stages: [3, 8, 36, 3], strideIn: '1x1', accuracy: null },
  { ...scaledDown(1, 172), name: 'resnet50_scaled_down' },
  { ...scaledDown(2, 132), name: 'resnet50_scaled_down_twice' },
  {
    ...widePaper,
    name: 'wide_resnet50_2',
    aliases: ['Wide_ResNet_50'],
    block: 'bottleneck',
    stages: [3, 4, 6, 3],
    groupWidth: 128,
    accuracy: [78.468, 94.086],
  },
  {
    ...widePaper,
    name: 'wide_resnet101_2',
    aliases: ['Wide_ResNet_101'],
    block: 'bottleneck',
    stages: [3, 4, 23, 3],
    groupWidth: 128,
    accuracy: [78.848, 94.284],
  },
  {
    ...resnextPaper,
    name: 'resnext50_32x4d',
    aliases: ['ResNeXt_50'],
    block: 'bottleneck',
    stages: [3, 4, 6, 3],
    groups: 32,
    groupWidth: 4,
    accuracy: [77.618, 93.698],
  },
  {
    ...resnextPaper,
    name: 'resnext101_32x8d',
    aliases: ['ResNeXt_101'],
    block: 'bottleneck',
    stages: [3, 4, 23, 3],
    groups: 32,
    groupWidth: 8,
    accuracy: [79.312, 94.526],
  },
];

type ResNetOptions = Pick<
  Options,
  'classes' | 'width' | 'depth' | 'stem' | 'batchNorm' | 'residual' | 'blur' | 'stochasticDepth'
>;

interface Block {
  /** Channels of the 3x3 convolution(s). */
  readonly inner: number;
  readonly out: number;
  readonly stride: number;
  readonly groups: number;
  readonly strideIn: '1x1' | '3x3';
  readonly batchNorm: boolean;
  readonly residual: boolean;
  /** Pixels of the blur that replaces a stride; 0: none. */
  readonly blur: number;
  /** Probability that the branch of an image is dropped. */
  readonly drop: number;
}

const initialize = { kaimingNormal: 'fanOut' } as const;

/** The branch of a basic block: 3x3, 3x3. */
function basicBranch(net: Scope, x: Tensor, block: Block): Tensor {
  const spec = { filters: block.out, kernel: 3, batchNorm: block.batchNorm, initialize };
  const y = relu(convNorm(net, ['conv1', 'bn1'], x, { ...spec, stride: strideBeforeBlur(block) }));
  return convNorm(net, ['conv2', 'bn2'], blurAt(y, block), spec);
}

/** The branch of a bottleneck: 1x1, 3x3, 1x1. */
function bottleneckBranch(net: Scope, x: Tensor, block: Block): Tensor {
  const { inner, out, groups, strideIn, batchNorm } = block;
  const spec = { batchNorm, initialize };
  const stride = strideBeforeBlur(block);
  const [first, second] = strideIn === '1x1' ? [stride, 1] : [1, stride];
  let y = convNorm(net, ['conv1', 'bn1'], x, { ...spec, filters: inner, kernel: 1, stride: first });
  y = relu(y);
  if (strideIn === '1x1') y = blurAt(y, block);
  y = convNorm(net, ['conv2', 'bn2'], y, {
    ...spec,
    filters: inner,
    kernel: 3,
    stride: second,
    groups,
  });
  y = relu(y);
  if (strideIn === '3x3') y = blurAt(y, block);
  return convNorm(net, ['conv3', 'bn3'], y, { ...spec, filters: out, kernel: 1 });
}

/** The input, projected if the block changes its shape (the paper's option B). */
function shortcut(net: Scope, x: Tensor, block: Block): Tensor {
  const { out, stride, batchNorm } = block;
  if (stride === 1 && x.shape[3] === out) return x;
  const spec = { filters: out, kernel: 1, stride: strideBeforeBlur(block), batchNorm, initialize };
  return convNorm(net, ['downsample.0', 'downsample.1'], blurAt(x, block), spec);
}

function residualBlock(net: Scope, x: Tensor, kind: Row['block'], block: Block): Tensor {
  const branch = kind === 'basic' ? basicBranch : bottleneckBranch;
  const y = branch(net, x, block);
  if (!block.residual) return relu(y);
  return relu(add(stochasticDepth(net.at('stochastic_depth'), y, block.drop), shortcut(net, x, block)));
}

function stem(net: Scope, x: Tensor, { width, stem: kind, batchNorm, blur }: ResNetOptions): Tensor {
  const filters = scaled(64, width);
  const small = kind === 'small';
  const size = small ? { kernel: 3, stride: 1 } : { kernel: 7, stride: 2 };
  x = relu(convNorm(net, ['conv1', 'bn1'], x, { ...size, filters, batchNorm, initialize }));
  return small ? x : blurredMaxPoolAt(net.at('maxpool'), x, { kernel: 3, stride: 2, padding: 1 }, blur, { kernel: 2 });
}

function resnet(row: Row, options: ResNetOptions): Forward {
  const { groups = 1, groupWidth = 64, strideIn = '3x3' } = row;
  const { batchNorm, residual, blur } = options;
  const repeats = row.stages.map((repeat) => Math.max(1, Math.round(repeat * options.depth)));
  const last = repeats.reduce((sum, repeat) => sum + repeat, 0) - 1;
  return (net, images) => {
    let blockIndex = 0;
    let x = stem(net, images, options); // [n, 56, 56, 64]
    // [n, 56, 56, 256], [n, 28, 28, 512], [n, 14, 14, 1024], [n, 7, 7, 2048]; a quarter of that with basic blocks
    for (const [stage, repeat] of repeats.entries()) {
      const planes = scaled(64 * 2 ** stage, options.width);
      const inner = row.block === 'basic' ? planes : Math.floor((planes * groupWidth) / 64) * groups;
      const out = row.block === 'basic' ? planes : 4 * planes;
      const shape = { inner, out, groups, strideIn, batchNorm, residual, blur };
      for (let i = 0; i < repeat; i++) {
        const stride = stage > 0 && i === 0 ? 2 : 1;
        const drop = (options.stochasticDepth * blockIndex++) / last;
        x = residualBlock(net.at(`layer${stage + 1}.${i}`), x, row.block, { ...shape, stride, drop });
      }
    }
    return linear(net.at('fc'), globalAveragePool(x), { units: options.classes }); // [n, classes]
  };
}

export const resnets: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof ResNetOptions>({
    name: row.name,
    aliases: row.aliases ?? [],
    family: 'resnet',
    published: row.published,
    paper: row.paper,
    input: row.input ?? 224,
    accuracy: row.accuracy && percent('torchvision', row.accuracy),
    recipe: row.recipe,
    options: {
      classes: 1000,
      width: row.width ?? 1,
      depth: row.depth ?? 1,
      stem: 'imagenet',
      batchNorm: true,
      residual: true,
      blur: 0,
      stochasticDepth: 0,
    },
    forward: (options) => resnet(row, options),
  }),
);
