import { describe, expect, it } from 'vitest';
import { findNetwork, networks } from '../../models/registry.ts';
import type { GivenOptions } from '../../models/options.ts';
import { countNetwork } from '../../src/engine/count.ts';

/** Taps of the blur of 4 pixels. */
const TAPS = 16;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A blur's output: height and width, and channels. */
type Output = readonly [size: number, channels: number];
const blursTo = (outputs: readonly Output[]): number =>
  sum(outputs.map(([size, channels]) => size ** 2 * TAPS * channels));

interface Case {
  readonly name: string;
  readonly stem?: 'small';
  /** MACs of the forward pass that convolutions gain because they have lost their stride. */
  readonly convolutions?: number;
  /** Whether those are of the first convolution, of which no input gradient is computed. */
  readonly isFirst?: boolean;
  readonly blurs: readonly Output[];
}

/** A depthwise convolution of `kernel` pixels whose outputs were as large as the blur's, and are twice as high and wide now. */
const depthwiseGain = (kernel: number, [size, channels]: Output): number => 3 * size ** 2 * kernel ** 2 * channels;

/** The depthwise convolutions with a stride: their block's input channels times the expansion, and their kernels. */
const invertedResiduals = (layers: readonly (readonly [kernel: number, ...output: Output])[]) => ({
  convolutions: sum(layers.map(([kernel, ...output]) => depthwiseGain(kernel, output))),
  blurs: layers.map(([, ...output]) => output),
});

/** The stages of ResNet-18 with a stride: output size, input channels, output channels. */
const stages = [
  [28, 64, 128],
  [14, 128, 256],
  [7, 256, 512],
] as const;

const cases: readonly Case[] = [
  {
    // The first convolution of a stage sees four times as many pixels. Its blur, that of the shortcut, and one after the pool.
    name: 'resnet18',
    convolutions: sum(stages.map(([size, input, output]) => 3 * size ** 2 * 9 * input * output)),
    blurs: [
      [56, 64],
      ...stages.flatMap(([size, input, output]): Output[] => [
        [size, output],
        [size, input],
      ]),
    ],
  },
  {
    // conv1 has stride 2 and 109 x 109 outputs instead of 55 x 55. Its blur, and one after each pool.
    name: 'alexnet',
    convolutions: (109 ** 2 - 55 ** 2) * 11 ** 2 * 3 * 64,
    isFirst: true,
    blurs: [
      [55, 64],
      [27, 64],
      [13, 192],
      [6, 256],
    ],
  },
  {
    // 32 pixels: pools of 3 with stride 1 and the blurs give the sizes of pools of 3 with stride 2.
    name: 'alexnet',
    stem: 'small',
    blurs: [
      [15, 64],
      [7, 192],
      [3, 256],
    ],
  },
  {
    // After pool0, and in the place of each transition's average pool.
    name: 'densenet121',
    blurs: [
      [56, 64],
      [28, 128],
      [14, 256],
      [7, 512],
    ],
  },
  {
    name: 'densenet121',
    stem: 'small',
    blurs: [
      [16, 128],
      [8, 256],
      [4, 512],
    ],
  },
  {
    name: 'mobilenet_v2',
    ...invertedResiduals([
      [3, 56, 6 * 16],
      [3, 28, 6 * 24],
      [3, 14, 6 * 32],
      [3, 7, 6 * 96],
    ]),
  },
  {
    name: 'mnasnet1_0',
    ...invertedResiduals([
      [3, 56, 3 * 16],
      [5, 28, 3 * 24],
      [5, 14, 6 * 40],
      [5, 7, 6 * 96],
    ]),
  },
];

describe('a blur before strides', () => {
  it.each(cases)('of 4 pixels adds MACs to $name (stem $stem) as antialiased-cnns places it', (given) => {
    const { name, stem, convolutions = 0, isFirst = false, blurs } = given;
    const count = (options: GivenOptions) => {
      const forward = findNetwork(name).build({ ...options, stem });
      return countNetwork({ forward, input: stem === 'small' ? 32 : 224, batch: 1 });
    };
    const [plain, blurred] = [count({}), count({ blur: 4 })];
    expect(blurred.parameters).toBe(plain.parameters);
    expect(blurred.macs.forward - plain.macs.forward).toBe(convolutions + blursTo(blurs));
    // A convolution has two gradients, a blur only that of its input.
    expect(blurred.macs.step - plain.macs.step).toBe((isFirst ? 2 : 3) * convolutions + 2 * blursTo(blurs));
  });

  it('is an option of the families of antialiased-cnns, and of MnasNet', () => {
    const families = new Set(networks.filter(({ options }) => 'blur' in options).map(({ family }) => family));
    expect([...families].sort()).toEqual(['alexnet', 'densenet', 'mnasnet', 'mobilenet_v2', 'resnet', 'vgg']);
  });

  it.each(['efficientnet_b0', 'alexnet_two_tower'])('is refused by %s', (name) => {
    expect(() => findNetwork(name).build({ blur: 3 })).toThrow(
      new RegExp(`^${name} has no option blur: its options are classes, width`),
    );
  });
});
