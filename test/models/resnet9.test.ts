import { expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { countForward } from '../../src/engine/count.ts';

it('ResNet-9 has the parameters and MACs of its eight convolutions and its linear layer', () => {
  // Output pixels on a side, input channels, output channels.
  const convolutions = [
    [32, 3, 64],
    [32, 64, 128],
    [16, 128, 128],
    [16, 128, 128],
    [16, 128, 256],
    [8, 256, 512],
    [4, 512, 512],
    [4, 512, 512],
  ] as const;
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const parameters = sum(convolutions.map(([, input, output]) => 9 * input * output + 2 * output)) + 512 * 10;
  const macs = sum(convolutions.map(([size, input, output]) => size ** 2 * 9 * input * output)) + 512 * 10;
  expect(countForward({ forward: findNetwork('resnet9').build(), input: 32 })).toEqual({ parameters, macs });
});
