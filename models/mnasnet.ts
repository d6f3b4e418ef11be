/**
 * MnasNet. Tan et al. 2018, "MnasNet: Platform-Aware Neural Architecture Search for Mobile", figure 7 without squeeze and
 * excitation (MnasNet-B1 of the authors' code), with torchvision's names.
 *
 * A blur stands where MobileNet v2 of antialiased-cnns (Zhang 2019) and timm's InvertedResidual have it: a depthwise convolution with
 * a stride gets stride 1, and a blur after its relu has the stride. The first convolution keeps its stride.
 *
 * Small stem: the first convolution and the first stack with stride 2 keep the size, so that 32 pixels become 4 x 4.
 */
import {
  add,
  dropout,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { blurAt, convNorm, strideBeforeBlur } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** The stacks of mobile inverted bottlenecks; the first block of each takes the stride. */
const stacks = [
  { expand: 3, kernel: 3, channels: 24, repeat: 3, stride: 2 }, // [n, 56, 56, 24]
  { expand: 3, kernel: 5, channels: 40, repeat: 3, stride: 2 }, // [n, 28, 28, 40]
  { expand: 6, kernel: 5, channels: 80, repeat: 3, stride: 2 }, // [n, 14, 14, 80]
  { expand: 6, kernel: 3, channels: 96, repeat: 2, stride: 1 }, // [n, 14, 14, 96]
  { expand: 6, kernel: 5, channels: 192, repeat: 4, stride: 2 }, // [n, 7, 7, 192]
  { expand: 6, kernel: 3, channels: 320, repeat: 1, stride: 1 }, // [n, 7, 7, 320]
] as const;

type MnasNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'residual' | 'blur' | 'dropout'>;

interface Block {
  readonly expand: number;
  readonly kernel: number;
  readonly filters: number;
  readonly stride: number;
}

/** The norms' momentum is TensorFlow's decay of 0.9997 in PyTorch's notation. */
const convolutionOptions = ({ batchNorm }: MnasNetOptions) =>
  ({ batchNorm, momentum: 1 - 0.9997, initialize: { kaimingNormal: 'fanOut' } }) as const;

/** 1x1 to `expand` times the channels, depthwise, 1x1 without an activation after it. */
function invertedResidual(net: Scope, x: Tensor, block: Block, options: MnasNetOptions): Tensor {
  const { filters, kernel, stride } = block;
  const inputs = x.shape[3] ?? 0;
  const inner = inputs * block.expand;
  const norm = convolutionOptions(options);
  let y = relu(convNorm(net, ['layers.0', 'layers.1'], x, { ...norm, filters: inner, kernel: 1 }));
  const blurred = { blur: options.blur, stride };
  const depthwise = { ...norm, filters: inner, groups: inner, kernel, stride: strideBeforeBlur(blurred) };
  y = blurAt(relu(convNorm(net, ['layers.3', 'layers.4'], y, depthwise)), blurred);
  y = convNorm(net, ['layers.6', 'layers.7'], y, { ...norm, filters, kernel: 1 });
  return options.residual && stride === 1 && inputs === filters ? add(x, y) : y;
}

function mnasnet(factor: number, options: MnasNetOptions): Forward {
  const small = options.stem === 'small';
  const channels = (count: number) => makeDivisible(count * factor * options.width, 8);
  const norm = convolutionOptions(options);
  return (net, images) => {
    const first = { ...norm, filters: channels(32), kernel: 3, stride: small ? 1 : 2 };
    let x = relu(convNorm(net, ['layers.0', 'layers.1'], images, first)); // [n, 112, 112, 32]
    const depthwise = { ...norm, filters: channels(32), groups: channels(32), kernel: 3 };
    x = relu(convNorm(net, ['layers.3', 'layers.4'], x, depthwise));
    x = convNorm(net, ['layers.6', 'layers.7'], x, { ...norm, filters: channels(16), kernel: 1 }); // [n, 112, 112, 16]
    for (const [s, { expand, kernel, repeat, ...stack }] of stacks.entries()) {
      const filters = channels(stack.channels);
      for (let i = 0; i < repeat; i++) {
        const stride = i > 0 || (small && s === 0) ? 1 : stack.stride;
        x = invertedResidual(net.at(`layers.${s + 8}.${i}`), x, { expand, kernel, filters, stride }, options);
      }
    }
    x = relu(convNorm(net, ['layers.14', 'layers.15'], x, { ...norm, filters: 1280, kernel: 1 })); // [n, 7, 7, 1280]
    x = dropout(net.at('classifier.0'), globalAveragePool(x), options.dropout);
    return linear(net.at('classifier.1'), x, {
      units: options.classes,
      initialize: { uniform: Math.sqrt(3 / options.classes) },
      initializeBias: { constant: 0 },
    });
  };
}

/** torchvision's width multipliers. */
const variants = [
  { name: 'mnasnet0_5', aliases: ['mnasnet_050'], factor: 0.5, accuracy: [67.734, 87.49] },
  { name: 'mnasnet0_75', aliases: [], factor: 0.75, accuracy: [71.18, 90.496] },
  { name: 'mnasnet1_0', aliases: ['mnasnet_100'], factor: 1, accuracy: [73.456, 91.51] },
  { name: 'mnasnet1_3', aliases: ['mnasnet_130'], factor: 1.3, accuracy: [76.506, 93.522] },
] as const;

export const mnasnets: readonly NetworkEntry[] = variants.map(({ name, aliases, factor, accuracy }) =>
  network<keyof MnasNetOptions>({
    name,
    aliases,
    family: 'mnasnet',
    published: '2018-07-31',
    paper: { title: 'MnasNet: Platform-Aware Neural Architecture Search for Mobile', arxiv: '1807.11626' },
    input: 224,
    accuracy: percent('torchvision', accuracy),
    recipe: 'mnasnet',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, residual: true, blur: 0, dropout: 0.2 },
    forward: (options) => mnasnet(factor, options),
  }),
);
