/**
 * RegNet. Radosavovic et al. 2020, "Designing Network Design Spaces", section 3.3 and appendix (the models of tables 11
 * and 12), with torchvision's names. Four numbers define a network: depth, w0, wa and wm. Y has squeeze and excitation.
 *
 * Small stem: the first convolution and the first stage keep the size, so that 32 pixels become 4 x 4.
 */
import {
  add,
  type Forward,
  globalAveragePool,
  linear,
  relu,
  type Scope,
  sigmoid,
  type Tensor,
} from '../src/nn/index.ts';
import { roundHalfToEven } from '../src/base/numbers/round.ts';
import { convNorm, squeezeExcite } from './blocks.ts';
import { makeDivisible } from './channels.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';

interface Row {
  readonly name: string;
  readonly depth: number;
  readonly w0: number;
  readonly wa: number;
  readonly wm: number;
  /** Channels of a group of the 3x3 convolutions. */
  readonly group: number;
  /** Channels of the squeeze as a fraction of the block's input channels. */
  readonly squeeze?: number;
  readonly accuracy: readonly [number, number];
}

const rows: readonly Row[] = [
  { name: 'x_400mf', depth: 22, w0: 24, wa: 24.48, wm: 2.54, group: 16, accuracy: [72.834, 90.95] },
  { name: 'x_800mf', depth: 16, w0: 56, wa: 35.73, wm: 2.28, group: 16, accuracy: [75.212, 92.348] },
  { name: 'x_1_6gf', depth: 18, w0: 80, wa: 34.01, wm: 2.25, group: 24, accuracy: [77.04, 93.44] },
  { name: 'y_400mf', depth: 16, w0: 48, wa: 27.89, wm: 2.09, group: 8, squeeze: 0.25, accuracy: [74.046, 91.716] },
  { name: 'y_800mf', depth: 14, w0: 56, wa: 38.84, wm: 2.4, group: 16, squeeze: 0.25, accuracy: [76.42, 93.136] },
  { name: 'y_1_6gf', depth: 27, w0: 48, wa: 20.71, wm: 2.65, group: 24, squeeze: 0.25, accuracy: [77.95, 93.966] },
];

type RegNetOptions = Pick<Options, 'classes' | 'width' | 'stem' | 'batchNorm' | 'residual'>;

/** Blocks of the same width. */
export interface Stage {
  readonly channels: number;
  readonly repeat: number;
  readonly group: number;
}

/**
 * The stages of a network by equations 2 to 4: u_j = w0 + wa j; s_j = log(u_j / w0) / log(wm), rounded; w_j = w0 wm^s_j, rounded to
 * a multiple of 8. Blocks of the same width are a stage. Its width times `width` is rounded to a multiple of the group's channels.
 */
export function computeStages({ depth, w0, wa, wm, group }: Omit<Row, 'name' | 'accuracy'>, width = 1): Stage[] {
  const widths = Array.from({ length: depth }, (_, j) => {
    const exponent = roundHalfToEven(Math.log((w0 + wa * j) / w0) / Math.log(wm));
    return roundHalfToEven((w0 * wm ** exponent) / 8) * 8;
  });
  return [...new Set(widths)].map((channels) => {
    const scaled = channels * width;
    const groupChannels = Math.min(group, Math.max(1, Math.round(scaled)));
    return {
      channels: makeDivisible(scaled, groupChannels),
      repeat: widths.filter((w) => w === channels).length,
      group: groupChannels,
    };
  });
}

interface Block {
  readonly filters: number;
  readonly group: number;
  readonly stride: number;
  /** Channels of the squeeze, 0 for none. */
  readonly squeezed: number;
}

const initialize = { kaimingNormal: 'fanOut' } as const;

/** 1x1, 3x3 in groups, squeeze and excitation, 1x1. */
function branch(net: Scope, x: Tensor, { filters, group, stride, squeezed }: Block, batchNorm: boolean): Tensor {
  const spec = { filters, batchNorm, initialize };
  let y = relu(convNorm(net, ['a.0', 'a.1'], x, { ...spec, kernel: 1 }));
  y = relu(convNorm(net, ['b.0', 'b.1'], y, { ...spec, kernel: 3, stride, groups: filters / group }));
  if (squeezed > 0) y = squeezeExcite(net.at('se'), y, { squeezed, activation: relu, gate: sigmoid });
  return convNorm(net, ['c.0', 'c.1'], y, { ...spec, kernel: 1 });
}

function residualBlock(net: Scope, x: Tensor, block: Block, { batchNorm, residual }: RegNetOptions): Tensor {
  const { filters, stride } = block;
  if (!residual) return relu(branch(net.at('f'), x, block, batchNorm));
  const spec = { filters, kernel: 1, stride, batchNorm, initialize };
  const projects = stride !== 1 || x.shape[3] !== filters;
  const shortcut = projects ? convNorm(net, ['proj.0', 'proj.1'], x, spec) : x;
  return relu(add(shortcut, branch(net.at('f'), x, block, batchNorm)));
}

function regnet(row: Row, options: RegNetOptions): Forward {
  const small = options.stem === 'small';
  const stages = computeStages(row, options.width);
  return (net, images) => {
    const filters = makeDivisible(32 * options.width, 8);
    const stem = { filters, kernel: 3, stride: small ? 1 : 2, batchNorm: options.batchNorm, initialize };
    let x = relu(convNorm(net, ['stem.0', 'stem.1'], images, stem)); // [n, 112, 112, 32]
    // y_400mf: [n, 56, 56, 48], [n, 28, 28, 104], [n, 14, 14, 208], [n, 7, 7, 440]
    for (const [s, { channels, repeat, group }] of stages.entries()) {
      for (let i = 0; i < repeat; i++) {
        const stride = i > 0 || (small && s === 0) ? 1 : 2;
        const squeezed = roundHalfToEven((row.squeeze ?? 0) * (x.shape[3] ?? 0));
        const place = net.at(`trunk_output.block${s + 1}.block${s + 1}-${i}`);
        x = residualBlock(place, x, { filters: channels, group, stride, squeezed }, options);
      }
    }
    return linear(net.at('fc'), globalAveragePool(x), {
      units: options.classes,
      initialize: { normal: 0.01 },
      initializeBias: { constant: 0 },
    });
  };
}

export const regnets: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof RegNetOptions>({
    name: `regnet_${row.name}`,
    aliases: [],
    family: 'regnet',
    published: '2020-03-30',
    paper: { title: 'Designing Network Design Spaces', arxiv: '2003.13678' },
    input: 224,
    accuracy: percent('torchvision', row.accuracy),
    recipe: 'regnet',
    options: { classes: 1000, width: 1, stem: 'imagenet', batchNorm: true, residual: true },
    forward: (options) => regnet(row, options),
  }),
);
