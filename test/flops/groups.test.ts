import { describe, expect, it } from 'vitest';
import { concat, conv2d, globalAveragePool, type Scope, splitChannels } from '../../src/nn/index.ts';
import type { Forward } from '../../src/nn/scope.ts';
import { countNetwork } from '../../src/engine/count.ts';

const head = (net: Scope, x: Parameters<Forward>[1]) => conv2d(net.at('head'), x, { filters: 12, kernel: 1 });

/** A convolution of 12 to 24 channels in groups. */
const grouped =
  (groups: number, stride: number): Forward =>
  (net, x) => {
    const spec = { filters: 24, kernel: 3, padding: 1, stride, groups };
    return globalAveragePool(conv2d(net.at('conv'), head(net, x), spec));
  };
/** The same as one convolution per group. */
const split =
  (groups: number, stride: number): Forward =>
  (net, x) => {
    const spec = { filters: 24 / groups, kernel: 3, padding: 1, stride };
    const parts = splitChannels(head(net, x), groups);
    return globalAveragePool(concat(parts.map((part, i) => conv2d(net.at(`conv${i}`), part, spec))));
  };

describe('a grouped convolution costs the sum of its groups', () => {
  it.each([
    { groups: 2, stride: 1, input: 8 },
    { groups: 3, stride: 2, input: 8 },
    { groups: 4, stride: 2, input: 9 },
    { groups: 12, stride: 1, input: 8 },
    { groups: 12, stride: 2, input: 8 },
  ])('with $groups groups, stride $stride and $input px', ({ groups, stride, input }) => {
    const whole = countNetwork({ forward: grouped(groups, stride), input, batch: 2 });
    const parts = countNetwork({ forward: split(groups, stride), input, batch: 2 });
    expect(whole.macs).toEqual(parts.macs);
    expect(whole.parameters).toBe(parts.parameters);
    const pixels = 2 * Math.ceil(input / stride) ** 2;
    const first = 2 * input ** 2 * 12 * 3;
    const forward = pixels * 24 * 9 * (12 / groups);
    // The gradient of the images is not computed.
    expect(whole.macs).toEqual({
      forward: first + forward,
      inputGradients: forward,
      weightGradients: first + forward,
      step: 2 * first + 3 * forward,
    });
  });
});
