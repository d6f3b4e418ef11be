/**
 * ConvNeXt. Liu et al. 2022, "A ConvNet for the 2020s", figure 4 and section 3: tiny and small with torchvision's names;
 * atto to nano are timm's smaller members, whose two pointwise layers are 1x1 convolutions, with timm's names.
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
import { type Places, timm, torchvision } from './convnext-names.ts';
import type { Options } from './options.ts';

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly places: Places;
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
    places: torchvision,
    repeats: [3, 3, 9, 3],
    channels: 96, // [n, 56, 56, 96], [n, 28, 28, 192], [n, 14, 14, 384], [n, 7, 7, 768]
    stochasticDepth: 0.1,
    accuracy: [82.52, 96.146],
  },
  {
    name: 'convnext_small',
    places: torchvision,
    repeats: [3, 3, 27, 3],
    channels: 96,
    stochasticDepth: 0.4,
    accuracy: [83.616, 96.65],
  },
  { name: 'convnext_atto', places: timm, repeats: [2, 2, 6, 2], channels: 40, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_femto', places: timm, repeats: [2, 2, 6, 2], channels: 48, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_pico', places: timm, repeats: [2, 2, 6, 2], channels: 64, stochasticDepth: 0, accuracy: null },
  { name: 'convnext_nano', places: timm, repeats: [2, 2, 8, 2], channels: 80, stochasticDepth: 0, accuracy: null },
];

type ConvNeXtOptions = Pick<Options, 'classes' | 'width' | 'residual' | 'dropout' | 'stochasticDepth'>;

/** Of every layer norm. */
const NORM = { epsilon: 1e-6 } as const;

/** The code's trunc_normal_ cuts at 2, a hundred deviations away. */
const initial = { initialize: { normal: 0.02 }, initializeBias: { constant: 0 } } as const;

/** A layer over the channels of each pixel: linear in torchvision, a 1x1 convolution in timm's small members. */
const pointwise = (net: Scope, x: Tensor, channels: number, { pointwise: kind }: Places): Tensor =>
  kind === 'linear'
    ? linear(net, x, { units: channels, ...initial })
    : conv2d(net, x, { filters: channels, kernel: 1, bias: true, ...initial });

/** Depthwise 7x7, norm, four times the channels, GELU, back, layer scale (figure 4). */
function block(net: Scope, x: Tensor, places: Places, { residual, drop }: { residual: boolean; drop: number }): Tensor {
  const channels = x.shape[3] ?? 0;
  const scale = layerScale(net, places.scale, channels, { initial: 1e-6, trailing: places.scaleTrailing });
  const depthwise = { filters: channels, groups: channels, kernel: 7, padding: 3, bias: true, ...initial };
  let y = conv2d(net.at(places.depthwise), x, depthwise);
  y = layerNorm(net.at(places.norm), y, NORM);
  y = gelu(pointwise(net.at(places.expand), y, 4 * channels, places));
  y = scale(pointwise(net.at(places.project), y, channels, places));
  return residual ? add(x, stochasticDepth(net.at('stochastic_depth'), y, drop)) : y;
}

function convnext({ places, repeats, channels }: Row, options: ConvNeXtOptions): Forward {
  const total = repeats.reduce((sum, repeat) => sum + repeat, 0);
  return (net, images) => {
    const patches = { filters: scaled(channels, options.width), kernel: 4, stride: 4, bias: true, ...initial };
    let x = conv2d(net.at(places.stem[0]), images, patches); // [n, 56, 56, c]
    x = layerNorm(net.at(places.stem[1]), x, NORM);
    let before = 0;
    for (const [stage, repeat] of repeats.entries()) {
      if (stage > 0) {
        const [norm, halve] = places.downsample(stage);
        const filters = scaled(channels * 2 ** stage, options.width);
        x = layerNorm(net.at(norm), x, NORM);
        x = conv2d(net.at(halve), x, { filters, kernel: 2, stride: 2, bias: true, ...initial });
      }
      for (let i = 0; i < repeat; i++) {
        const drop = (options.stochasticDepth * before++) / (total - 1);
        x = block(net.at(places.block(stage, i)), x, places, { residual: options.residual, drop });
      }
    }
    x = layerNorm(net.at(places.head[0]), globalAveragePool(x), NORM); // [n, 8 c]
    x = dropout(net.at('dropout'), x, options.dropout);
    return linear(net.at(places.head[1]), x, { units: options.classes, ...initial });
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
