import { describe, expect, it } from 'vitest';
import { floorSeconds, countWork } from '../../../../scripts/bench/gpu/roofline.ts';
import type { RecordedOp, Recording } from '../../../../src/trace/recording.ts';

const tensor = (shape: readonly number[], dtype = 1) => ({ id: 0, shape, dtype });
const op = (name: string, inputs: ReturnType<typeof tensor>[], outputs: ReturnType<typeof tensor>[]): RecordedOp => ({
  ...{ name, inputs, outputs, attributes: [], layer: '', direction: 'forward', mask: false },
});
const recording = (...ops: readonly RecordedOp[]): Recording => ({
  ...{ feeds: [], variables: [], constants: new Map(), outputs: new Map(), updates: new Map(), ops },
});

const product = op('MatMul', [tensor([100, 200]), tensor([200, 300])], [tensor([100, 300])]);
const sum = op('AddV2', [tensor([1000]), tensor([1000])], [tensor([1000])]);
const shape = op('Reshape', [tensor([1000]), tensor([2], 3)], [tensor([10, 100])]);

describe('countWork', () => {
  it('counts FLOPs, and the bytes that each op reads and writes', () => {
    expect(countWork(recording(product))).toEqual({
      flops: 2 * 100 * 200 * 300,
      bytes: 4 * (20_000 + 60_000 + 30_000),
    });
    expect(countWork(recording(sum, shape))).toEqual({ flops: 1000, bytes: 4 * 3000 });
  });

  it('takes half the bytes for bfloat16', () => {
    const half = op('AddV2', [tensor([1000], 14), tensor([1000], 14)], [tensor([1000], 14)]);
    expect(countWork(recording(half)).bytes).toBe(2 * 3000);
  });
});

describe('floorSeconds', () => {
  it('takes for each op the longer of computing and moving', () => {
    const limits = { flopPerSecond: 12e6, bytesPerSecond: 12e3 };
    // 12e6 FLOPs take 1 s and 440e3 bytes take 36.7 s; 12e3 bytes take 1 s.
    expect(floorSeconds(recording(product, sum, shape), limits)).toBeCloseTo(440 / 12 + 1, 10);
    expect(floorSeconds(recording(product), { ...limits, bytesPerSecond: 1e9 })).toBeCloseTo(1, 10);
  });
});
