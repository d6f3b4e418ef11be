import { describe, expect, it } from 'vitest';
import { describeTimes, readTimeline } from '../../../scripts/bench/timeline.ts';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const bytes = (field: number, content: readonly number[]): number[] => [
  field * 8 + 2,
  ...varint(content.length),
  ...content,
];
const number = (field: number, value: number): number[] => [field * 8, ...varint(value)];
const text = (field: number, value: string): number[] => bytes(field, [...Buffer.from(value)]);

describe('the timeline of a step', () => {
  it('has each execution with its op and the time in its kernel', () => {
    const precise = [
      ...text(1, 'train/3'),
      ...number(2, 1_700_000_000_000_000),
      ...number(14, 2_000),
      ...number(15, 302_500),
    ];
    const coarse = [...text(1, 'train/4'), ...number(3, 5), ...number(4, 12)];
    const device = [...text(1, '/device:CPU:0'), ...bytes(2, precise), ...bytes(2, coarse)];
    const graph = bytes(1, [...text(1, 'train/3'), ...text(2, 'Conv2D')]);
    const metadata = Uint8Array.from([...bytes(1, bytes(1, device)), ...bytes(3, graph)]);
    expect(readTimeline(metadata)).toEqual([
      { node: 'train/3', op: 'Conv2D', microseconds: 300.5 },
      { node: 'train/4', op: '?', microseconds: 7 },
    ]);
  });
});

it('says that kernels run in parallel only where they do', () => {
  const text = (step: number, inParallel: boolean): string => describeTimes(step, 85.42, { steps: 3, inParallel });
  expect(text(70.1, true)).toMatch(
    /^70\.1 ms per step .* add up to 85\.4 ms,\nbecause kernels run in parallel\. The time/,
  );
  expect(text(70.1, false)).toMatch(/^70\.1 ms per step .* add up to 85\.4 ms\.\nThe time/);
  expect(text(103.6, true)).toMatch(/^103\.6 ms per step .* add up to 85\.4 ms\.\nThe time/);
});
