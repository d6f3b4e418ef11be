/**
 * ConvNeXt. Liu et al. 2022, "A ConvNet for the 2020s", figure 4 and section 3: tiny and small with torchvision's names;
 * atto to nano are timm's smaller members, with timm's names; their two pointwise layers are 1x1 convolutions.
 */
import {
  add,
  conv2d,
  dropout,
  type Forward,
  gelu,
  globalAveragePool,
  layerNorm,
  layerScale,
  linear,
  type Scope,
  stochasticDepth,
  type Tensor,
} from '../src/nn/index.ts';
import { scaled } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import { type LayerNames, timm, torchvision } from './convnext-names.ts';
import type { Options } from './options.ts';

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly names: LayerNames;
  /** Blocks of the four stages. */
  readonly repeats: readonly [number, number, number, number];
  /** Channels of the first stage; each further stage has twice as many. */
  readonly channels: number;
  readonly stochasticDepth: number;
  readonly accuracy: readonly [number, number] | null;
}

const rows: readonly Row[] = [
  {
    name: 'convnext_tiny',
    names: torchvision,
    repeats: [3, 3, 9, 3],
    channels: 96, // [n, 56, 56, 96], [n, 28, 28, 192], [n, 14, 14, 384], [n, 7, 7, 768]
    stochasticDepth: 0.1,
    accuracy: [82.52, 96.146],
  },
  {
    name: 'convnext_small',
    names: torchvision,
    repeats: [3, 3, 27, 3],
    channels: 96,
    stochasticDepth: 0.4,
    accuracy: [83.616, 96.65],
  },
  { name: 'convnext_atto', names: timm, repeats: [2, 2, 6, 2], channels: 40, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_femto', names: timm, repeats: [2, 2, 6, 2], channels: 48, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_pico', names: timm, repeats: [2, 2, 6, 2], channels: 64, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_nano', names: timm, repeats: [2, 2, 8, 2], channels: 80, stochasticDepth: 0, accuracy: null },
];

type ConvNeXtOptions = Pick<Options, 'classes' | 'width' | 'residual' | 'dropout' | 'stochasticDepth'>;

/** Options of every layer norm. */
const NORM = { epsilon: 1e-6 } as const;

/** The authors' trunc_normal_ cuts at 2, which is 100 standard deviations: it is a plain normal distribution. */
const initial = { initialize: { normal: 0.02 }, initializeBias: { constant: 0 } } as const;

/** A layer over the channels of each pixel: linear in torchvision, a 1x1 convolution in timm's small members. */
const pointwise = (net: Scope, x: Tensor, channels: number, { pointwise: kind }: LayerNames): Tensor =>
  kind === 'linear'
    ? linear(net, x, { units: channels, ...initial })
    : conv2d(net, x, { filters: channels, kernel: 1, bias: true, ...initial });

/** Depthwise 7x7, norm, pointwise to four times the channels, GELU, pointwise back, layer scale (figure 4). */
function block(
  net: Scope,
  x: Tensor,
  names: LayerNames,
  { residual, drop }: { residual: boolean; drop: number },
): Tensor {
  const channels = x.shape[3] ?? 0;
  const scale = layerScale(net, names.scale, channels, { initial: 1e-6, trailing: names.scaleTrailing });
  const depthwise = { filters: channels, groups: channels, kernel: 7, padding: 3, bias: true, ...initial };
  let y = conv2d(net.at(names.depthwise), x, depthwise);
  y = layerNorm(net.at(names.norm), y, NORM);
  y = gelu(pointwise(net.at(names.expand), y, 4 * channels, names));
  y = scale(pointwise(net.at(names.project), y, channels, names));
  return residual ? add(x, stochasticDepth(net.at('stochastic_depth'), y, drop)) : y;
}

function convnext({ names, repeats, channels }: Row, options: ConvNeXtOptions): Forward {
  const total = repeats.reduce((sum, repeat) => sum + repeat, 0);
  return (net, images) => {
    const patches = { filters: scaled(channels, options.width), kernel: 4, stride: 4, bias: true, ...initial };
    let x = conv2d(net.at(names.stem[0]), images, patches); // [n, 56, 56, c]
    x = layerNorm(net.at(names.stem[1]), x, NORM);
    let blockIndex = 0;
    for (const [stage, repeat] of repeats.entries()) {
      if (stage > 0) {
        const [norm, halve] = names.downsample(stage);
        const filters = scaled(channels * 2 ** stage, options.width);
        x = layerNorm(net.at(norm), x, NORM);
        x = conv2d(net.at(halve), x, { filters, kernel: 2, stride: 2, bias: true, ...initial });
      }
      for (let i = 0; i < repeat; i++) {
        const drop = (options.stochasticDepth * blockIndex++) / (total - 1);
        x = block(net.at(names.block(stage, i)), x, names, { residual: options.residual, drop });
      }
    }
    x = layerNorm(net.at(names.head[0]), globalAveragePool(x), NORM); // [n, 8 c]
    x = dropout(net.at('dropout'), x, options.dropout);
    return linear(net.at(names.head[1]), x, { units: options.classes, ...initial });
  };
}

export const convnexts: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof ConvNeXtOptions>({
    name: row.name,
    aliases: row.aliases ?? [],
    family: 'convnext',
    published: '2022-01-10',
    paper: { title: 'A ConvNet for the 2020s', arxiv: '2201.03545' },
    input: 224,
    accuracy: row.accuracy && percent('torchvision', row.accuracy),
    recipe: 'convnext',
    options: { classes: 1000, width: 1, residual: true, dropout: 0, stochasticDepth: row.stochasticDepth },
    forward: (options) => convnext(row, options),
  }),
);
