import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { countForward, countNetwork } from '../../src/engine/count.ts';

interface Reference {
  readonly model: string;
  readonly input: number;
  readonly params: number;
  readonly forward_macs: number;
  readonly step_macs?: number;
}

const counts = ['model-counts.json', 'model-counts-2020.json'].flatMap((file) => {
  const content = JSON.parse(readFileSync(`test/fixtures/${file}`, 'utf8')) as { counts: Reference[] };
  return content.counts;
});

describe('counts equal those of torchvision and timm exactly', () => {
  it.each(counts)('$model at $input px', ({ model, input, params, forward_macs, step_macs }) => {
    const counted = countNetwork({ forward: findNetwork(model).build(), input, batch: 1 });
    expect(counted.parameters).toBe(params);
    expect(counted.macs.forward).toBe(forward_macs);
    if (step_macs !== undefined) expect(counted.macs.step).toBe(step_macs);
    expect(counted.paper).toBe(3 * forward_macs);
  });

  it.each(['resnet18', 'mobilenet_v2', 'shufflenet_v2_x1_0'])(
    '%s: a batch of 32 costs exactly 32 times one of 1',
    (model) => {
      const forward = findNetwork(model).build();
      const [one, many] = [1, 32].map((batch) => countNetwork({ forward, input: 64, batch }).macs);
      expect(many!.forward).toBe(32 * one!.forward);
      expect(many!.step).toBe(32 * one!.step);
    },
  );

  it('dropout, stochastic depth and heads that are not trained do not change the MACs', () => {
    const count = (name: string, options: object) =>
      countNetwork({ forward: findNetwork(name).build(options), input: 96, batch: 2 }).macs.step;
    expect(count('efficientnet_b0', { dropout: 0, stochasticDepth: 0 })).toBe(
      count('efficientnet_b0', { dropout: 0.5, stochasticDepth: 0.5 }),
    );
  });

  it('heads that are trained cost three times their forward pass', () => {
    const forward = findNetwork('googlenet').build();
    const at = { forward, input: 224, batch: 1 };
    const heads = [512, 528]
      .map((channels) => 4 * 4 * channels * 128 + 4 * 4 * 128 * 1024 + 1024 * 1000)
      .reduce((a, b) => a + b);
    const without = countNetwork(at).macs.step;
    expect(countNetwork({ ...at, auxiliaryWeight: 0.3 }).macs.step).toBe(without + 2 * heads);
  });
});

/** Output pixels x filters x weights per output element. */
const convolution = (size: number, filters: number, kernel: number, channelsInGroup: number) =>
  size ** 2 * filters * kernel ** 2 * channelsInGroup;
const weights = (filters: number, kernel: number, channelsInGroup: number) => filters * kernel ** 2 * channelsInGroup;

describe('the two-tower AlexNet, from figure 2 of the paper', () => {
  // Output size, kernels, kernel size, depth of a kernel: "5 x 5 x 48", ... Only the third layer reads both towers.
  const figure = [
    [55, 96, 11, 3],
    [27, 256, 5, 48],
    [13, 384, 3, 256],
    [13, 384, 3, 192],
    [13, 256, 3, 192],
  ] as const;
  const dense = [
    [6 * 6 * 256, 4096],
    [4096, 4096],
    [4096, 1000],
  ] as const;

  it('has 60,965,224 parameters (60 million in the paper) and the MACs of its table', () => {
    const parameters =
      figure.map(([, n, k, c]) => weights(n, k, c) + n).reduce((a, b) => a + b) +
      dense.map(([i, o]) => i * o + o).reduce((a, b) => a + b);
    const macs =
      figure.map(([size, n, k, c]) => convolution(size, n, k, c)).reduce((a, b) => a + b) +
      dense.map(([i, o]) => i * o).reduce((a, b) => a + b);
    const { forward, input } = { forward: findNetwork('alexnet_two_tower').build(), input: 224 };
    expect(parameters).toBe(60_965_224);
    expect(countForward({ forward, input })).toEqual({ parameters, macs });
  });
});

describe('ShuffleNet v1, from table 1 of the paper', () => {
  /** Output channels of stage 2, and the complexity in MFLOPs that the table prints without the classifier. */
  const table = [
    { groups: 1, stage2: 144, printed: 143 },
    { groups: 2, stage2: 200, printed: 140 },
    { groups: 3, stage2: 240, printed: 137 },
    { groups: 4, stage2: 272, printed: 133 },
    { groups: 8, stage2: 384, printed: 137 },
  ];

  /** A unit (figure 2 b, c) whose input is `size` pixels wide. */
  function unit(size: number, input: number, out: number, groups: number, first: boolean) {
    const halves = input !== out;
    const inner = out / 4;
    const after = halves ? size / 2 : size;
    const branch = halves ? out - input : out;
    const inGroups = first ? 1 : groups;
    const macs =
      convolution(size, inner, 1, input / inGroups) +
      convolution(after, inner, 3, 1) +
      convolution(after, branch, 1, inner / groups);
    const norms = 2 * (inner + inner + branch);
    const parameters = weights(inner, 1, input / inGroups) + weights(inner, 3, 1) + weights(branch, 1, inner / groups);
    return { macs, parameters: parameters + norms };
  }

  function derive(stage2: number, groups: number) {
    let macs = convolution(112, 24, 3, 3);
    let parameters = weights(24, 3, 3) + 2 * 24;
    let [size, channels] = [56, 24];
    for (const [stage, repeat] of [4, 8, 4].entries()) {
      const out = stage2 * 2 ** stage;
      for (let i = 0; i < repeat; i++) {
        const part = unit(size, channels, out, groups, stage === 0 && i === 0);
        macs += part.macs;
        parameters += part.parameters;
        if (i === 0) [size, channels] = [size / 2, out];
      }
    }
    return {
      convolutions: macs,
      macs: macs + channels * 1000,
      parameters: parameters + channels * 1000 + 1000,
    };
  }

  it.each(table)('has $printed MFLOPs with $groups groups', ({ groups, stage2, printed }) => {
    const forward = findNetwork(`shufflenet_v1_x1_0_g${groups}`).build();
    const { convolutions, macs, parameters } = derive(stage2, groups);
    expect(countForward({ forward, input: 224 })).toEqual({ parameters, macs });
    expect(Math.round(convolutions / 1e6)).toBe(printed);
  });
});
