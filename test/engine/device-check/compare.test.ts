import { expect, it } from 'vitest';
import { compareDevices } from '../../../src/engine/device-check/compare.ts';
import type { DeviceResults, ListedOp } from '../../../src/engine/device-check/results.ts';
import { createSketch } from '../../../src/engine/device-check/sketch.ts';

const batchNorm = (isTraining: boolean): ListedOp => ({
  ...{ op: 'FusedBatchNormV3', inputs: [], outputs: 6, layer: 'bn1', networks: ['resnet18'] },
  attributes: [{ name: 'is_training', type: 10, value: isTraining }],
});

const results = (listed: ListedOp, image: number, mean: number): DeviceResults => ({
  ...{ version: 1, device: 'cpu', tensorflow: '2', commit: null, seconds: 1, steps: [], ops: [listed] },
  opResults: [{ outputs: [image, mean, 1].map((x) => createSketch(Float32Array.of(x))) }],
});

it.each([
  ['an evaluation, whose statistics are not defined on a GPU', false, 1, true],
  ['an evaluation with other images', false, 2, false],
  ['a training step', true, 1, false],
] as const)('compares the batch norm of %s', (_, isTraining, image, expected) => {
  const listed = batchNorm(isTraining);
  expect(compareDevices(results(listed, 1, 1), results(listed, image, 700), 1e-4).ok).toBe(expected);
});
