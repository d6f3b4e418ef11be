import { describe, expect, it } from 'vitest';
import { mergeResults, newOps } from '../../../src/engine/device-check/merge.ts';
import type { DeviceResults, ListedOp } from '../../../src/engine/device-check/results.ts';

const op = (name: string, size: number, network: string): ListedOp => ({
  ...{ op: name, attributes: [], inputs: [{ shape: [size], dtype: 1 }], outputs: 1, layer: 'a', networks: [network] },
});

const results = (ops: readonly ListedOp[], network: string, seconds: number): DeviceResults => ({
  ...{ version: 1, device: 'cpu', tensorflow: '2', commit: null, seconds, ops: [...ops] },
  opResults: ops.map(({ inputs }) => ({ outputs: [{ size: inputs[0]!.shape[0]!, norm: 1, nonFinite: 0, sums: [] }] })),
  steps: [{ network, input: 64, losses: [1], milliseconds: [1], changes: {} }],
});

describe('the results of several groups of networks', () => {
  const first = results([op('Relu', 1, 'alexnet'), op('Relu', 2, 'alexnet')], 'alexnet', 1.5);
  const listed = [op('Relu', 2, 'vgg11'), op('Relu', 3, 'vgg11')];

  it('have each op once, with all its networks and its result', () => {
    const added = newOps(first, listed);
    expect(added).toEqual([op('Relu', 3, 'vgg11')]);
    const merged = mergeResults(first, results(added, 'vgg11', 2.25), listed);
    expect(merged.ops.map(({ inputs, networks }) => [inputs[0]!.shape[0], networks])).toEqual([
      [1, ['alexnet']],
      [2, ['alexnet', 'vgg11']],
      [3, ['vgg11']],
    ]);
    expect(merged.opResults.map(({ outputs }) => outputs![0]!.size)).toEqual([1, 2, 3]);
    expect(merged.steps.map(({ network }) => network)).toEqual(['alexnet', 'vgg11']);
    expect(merged.seconds).toBe(3.8);
  });

  it('are those of the first group at the start', () => {
    expect(newOps(undefined, first.ops)).toEqual(first.ops);
    expect(mergeResults(undefined, first, first.ops)).toBe(first);
  });
});
