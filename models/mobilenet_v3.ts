/**
 * MobileNet v3. Howard et al. 2019, "Searching for MobileNetV3", tables 1 and 2, with torchvision's names.
 *
 * Small stem: the first convolution and the first block with stride 2 keep the size, so that 32 pixels become 4 x 4.
 */
import {
  add,
  dropout,
  type Forward,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  linear,
  relu,
  type Scope,
  type Tensor,
} from '../src/nn/index.ts';
import { convNorm, squeezeExcite } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

/** A line of the tables: kernel, exp size, #out, SE, NL (RE: relu, HS: hard swish), s. */
type Line = readonly [
  kernel: 3 | 5,
  inner: number,
  channels: number,
  squeezes: boolean,
  activation: 'RE' | 'HS',
  stride: 1 | 2,
];

/** Table 1. */
const large: readonly Line[] = [
  [3, 16, 16, false, 'RE', 1], // [n, 112, 112, 16]
  [3, 64, 24, false, 'RE', 2], // [n, 56, 56, 24]
  [3, 72, 24, false, 'RE', 1],
  [5, 72, 40, true, 'RE', 2], // [n, 28, 28, 40]
  [5, 120, 40, true, 'RE', 1],
  [5, 120, 40, true, 'RE', 1],
  [3, 240, 80, false, 'HS', 2], // [n, 14, 14, 80]
  [3, 200, 80, false, 'HS', 1],
  [3, 184, 80, false, 'HS', 1],
  [3, 184, 80, false, 'HS', 1],
  [3, 480, 112, true, 'HS', 1], // [n, 14, 14, 112]
  [3, 672, 112, true, 'HS', 1],
  [5, 672, 160, true, 'HS', 2], // [n, 7, 7, 160]
  [5, 960, 160, true, 'HS', 1],
  [5, 960, 160, true, 'HS', 1],
];

/** Table 2. */
const small: readonly Line[] = [
  [3, 16, 16, true, 'RE', 2], // [n, 56, 56, 16]
  [3, 72, 24, false, 'RE', 2], // [n, 28, 28, 24]
  [3, 88, 24, false, 'RE', 1],
  [5, 96, 40, true, 'HS', 2], // [n, 14, 14, 40]
  [5, 240, 40, true, 'HS', 1],
  [5, 240, 40, true, 'HS', 1],
  [5, 120, 48, true, 'HS', 1], // [n, 14, 14, 48]
  [5, 144, 48, true, 'HS', 1],
  [5, 288, 96, true, 'HS', 2], // [n, 7, 7, 96]
  [5, 576, 96, true, 'HS', 1],
  [5, 576, 96, true, 'HS', 1],
];

const rows = [
  { name: 'large', lines: large, last: 1280, accuracy: [74.042, 91.34] },
  { name: 'small', lines: small, last: 1024, accuracy: [67.668, 87.402] },
] as const;

type MobileNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'residual' | 'dropout'>;

interface Block {
  readonly kernel: number;
  readonly inner: number;
  readonly filters: number;
  readonly squeezes: boolean;
  readonly activation: (x: Tensor) => Tensor;
  readonly stride: number;
  readonly residual: boolean;
}

const initialize = { kaimingNormal: 'fanOut' } as const;
/** Squeeze and excitation with a hard sigmoid (section 5.3). */
const excitation = { activation: relu, gate: hardSigmoid, initializeBias: { constant: 0 } } as const;

/** Options of every norm, as in the authors' code and torchvision. */
const NORM = { epsilon: 1e-3, momentum: 0.01 } as const;

/** 1x1 to `inner` channels, depthwise, squeeze and excitation, 1x1 without an activation after it (figure 4). */
function bottleneck(net: Scope, x: Tensor, block: Block, batchNorm: boolean): Tensor {
  const { kernel, inner, filters, squeezes, activation, stride } = block;
  const inputs = x.shape[3] ?? 0;
  const spec = { ...NORM, batchNorm, initialize };
  const place = (i: number) => [`block.${i}.0`, `block.${i}.1`] as const;
  let y = x;
  let index = 0;
  if (inner !== inputs) y = activation(convNorm(net, place(index++), y, { ...spec, filters: inner, kernel: 1 }));
  y = activation(convNorm(net, place(index++), y, { ...spec, filters: inner, groups: inner, kernel, stride }));
  const squeezed = makeDivisible(Math.floor(inner / 4), 8);
  if (squeezes) y = squeezeExcite(net.at(`block.${index++}`), y, { ...excitation, squeezed });
  y = convNorm(net, place(index), y, { ...spec, filters, kernel: 1 });
  return block.residual && stride === 1 && inputs === filters ? add(x, y) : y;
}

/** The blocks of a table, with the network's options. With the small stem the first stride of 2 becomes 1. */
function createBlocks(lines: readonly Line[], options: MobileNetOptions, channels: (count: number) => number): Block[] {
  const unstrided = options.stem === 'small' ? lines.findIndex(([, , , , , stride]) => stride === 2) : -1;
  return lines.map(([kernel, inner, out, squeezes, activation, stride], i) => ({
    kernel,
    inner: channels(inner),
    filters: channels(out),
    squeezes,
    activation: activation === 'HS' ? hardSwish : relu,
    stride: i === unstrided ? 1 : stride,
    residual: options.residual,
  }));
}

function mobilenet({ lines, last }: (typeof rows)[number], options: MobileNetOptions): Forward {
  const { batchNorm } = options;
  const channels = (count: number) => makeDivisible(count * options.width, 8);
  const blocks = createBlocks(lines, options, channels);
  const spec = { ...NORM, batchNorm, initialize };
  return (net, images) => {
    const stem = { ...spec, filters: channels(16), kernel: 3, stride: options.stem === 'small' ? 1 : 2 };
    let x = hardSwish(convNorm(net, ['features.0.0', 'features.0.1'], images, stem)); // [n, 112, 112, 16]
    for (const [i, block] of blocks.entries()) x = bottleneck(net.at(`features.${i + 1}`), x, block, batchNorm);
    const head = [`features.${blocks.length + 1}.0`, `features.${blocks.length + 1}.1`] as const;
    const filters = 6 * (x.shape[3] ?? 0);
    x = hardSwish(convNorm(net, head, x, { ...spec, filters, kernel: 1 })); // [n, 7, 7, 960], [n, 7, 7, 576]
    const dense = { initialize: { normal: 0.01 }, initializeBias: { constant: 0 } };
    x = linear(net.at('classifier.0'), globalAveragePool(x), { units: channels(last), ...dense });
    x = dropout(net.at('classifier.2'), hardSwish(x), options.dropout);
    return linear(net.at('classifier.3'), x, { units: options.classes, ...dense });
  };
}

export const mobilenetsV3: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof MobileNetOptions>({
    name: `mobilenet_v3_${row.name}`,
    aliases: [`mobilenetv3_${row.name}_100`],
    family: 'mobilenet_v3',
    published: '2019-05-06',
    paper: { title: 'Searching for MobileNetV3', arxiv: '1905.02244' },
    input: 224,
    accuracy: percent('torchvision', row.accuracy),
    recipe: 'mobilenet_v3',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, residual: true, dropout: 0.2 },
    forward: (options) => mobilenet(row, options),
  }),
);
