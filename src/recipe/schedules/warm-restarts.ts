import { z } from 'zod';
import { EPOCH_TOLERANCE } from '../epoch-tolerance.ts';
import { defineSchedule, interpolateCosine } from '../schedule.ts';

/** The epochs since the last restart, and the length of the current period in epochs. */
function periodAt(time: number, first: number, multiplier: number): { passed: number; length: number } {
  if (multiplier === 1) {
    const start = Math.floor(time / first + EPOCH_TOLERANCE) * first;
    return { passed: Math.max(0, time - start), length: first };
  }
  let start = 0;
  let length = first;
  while (time + EPOCH_TOLERANCE >= start + length) {
    start += length;
    length *= multiplier;
  }
  return { passed: Math.max(0, time - start), length };
}

/**
 * Half a cosine down to `endFraction` over `firstEpochs`, then again over a period `multiplier` times as long, and so on
 * (Loshchilov & Hutter 2017; torch CosineAnnealingWarmRestarts).
 */
export const warmRestarts = defineSchedule({
  schema: z.strictObject({
    name: z.literal('warmRestarts'),
    /**
     * Epochs until the first restart.
     * @unit epochs
     * @example 10
     */
    firstEpochs: z.number().positive(),
    /** Each period is this many times as long as the period before. */
    multiplier: z.int().min(1).default(1),
    /** The learning rate before each restart, as a fraction of the highest. */
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  ignoresLength: true,
  factor: ({ firstEpochs, multiplier, endFraction }, { time }) => {
    const { passed, length } = periodAt(time, firstEpochs, multiplier);
    return interpolateCosine(1, endFraction, passed / length);
  },
});
