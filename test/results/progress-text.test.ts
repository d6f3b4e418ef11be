import { describe, expect, it } from 'vitest';
import {
  accuracyText,
  distanceToLevel,
  evaluationText,
  fractionDone,
  progressLogLine,
} from '../../src/results/progress-text.ts';
import type { Progress } from '../../src/results/progress.ts';

const progress = {
  ...{ state: 'training', epoch: 45.04, epochs: 90, step: 225_411, steps: 450_360, flops: 1.4126e18 },
  ...{ loss: 2.31415, top1: 0.6512, top5: 0.8634, level: { metric: 'top5', value: 0.929 } },
  ...{ examplesPerSecond: 812.4, etaSeconds: 70_934 },
} as Progress;

describe('the progress of a run', () => {
  it('is shown in one line of the log', () => {
    expect(progressLogLine(progress)).toBe(
      'epoch 45.04/90, step 225411/450360, loss 2.314, top-1 65.1 %, top-5 86.3 %, 6.6 points to go, 1.41 EFLOP, ' +
        '812 images/s, ETA 19 h 42 min',
    );
  });
  it('has neither steps nor FLOPs before the first step', () => {
    const before = { ...progress, steps: 0, step: 0, loss: null, top1: null, top5: null, level: null };
    expect(progressLogLine({ ...before, examplesPerSecond: null, etaSeconds: null })).toBe('loss –, top-1 –, top-5 –');
    expect(fractionDone(before)).toBe(0);
  });
  it('shows the wait for images if it is more than 5 %, and the memory in use on a GPU', () => {
    const line = (inputWaitFraction: number) =>
      progressLogLine({ ...progress, inputWaitFraction, gpuMemoryBytes: 43.3e9 });
    expect(line(0.123)).toContain('images/s, waits for images 12.3 %, GPU memory 43.3 GB, ETA');
    expect(line(0.05)).toContain('images/s, GPU memory 43.3 GB, ETA');
  });
  it('shows the distance to the level', () => {
    const at = (top5: number | null) =>
      distanceToLevel({ ...progress, level: { metric: 'top5', value: 0.791 }, top1: 0.1, top5 });
    expect([null, 0.7, 0.785, 0.8].map(at)).toEqual([
      ...['top-5 79.1 % to reach', '9.1 points to go', '0.60 points to go', 'at the level'],
    ]);
  });
});

it('shows an accuracy with its level', () => {
  expect([accuracyText('top1', 0.431), accuracyText('top1', 0.431, 0.452), accuracyText('top5', null)]).toEqual([
    ...['top-1 43.1 %', 'top-1 43.1 % of 45.2 %', 'top-5 –'],
  ]);
});

it('shows the accuracy of averaged weights in an evaluation', () => {
  const point = { epochs: 2, loss: 1.23456, top1: 0.5, top5: 0.75, averaged: { top1: 0.6, top5: 0.8 } };
  expect(evaluationText(point as never)).toBe(
    'evaluated after 2.00 epochs: loss 1.235, top-1 50.0 %, top-5 75.0 % (averaged weights: 60.0 %, 80.0 %)',
  );
});
