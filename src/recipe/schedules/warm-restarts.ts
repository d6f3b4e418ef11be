import { z } from 'zod';
import { alongCosine, defineSchedule } from '../schedule.ts';

/** Rounding must not delay a restart by a step. */
const ROUNDING = 1e-9;

/** Epochs since the last restart, and the length of the period that it began. */
function periodAt(time: number, first: number, multiplier: number): { passed: number; length: number } {
  if (multiplier === 1) {
    const start = Math.floor(time / first + ROUNDING) * first;
    return { passed: Math.max(0, time - start), length: first };
  }
  let start = 0;
  let length = first;
  while (time + ROUNDING >= start + length) {
    start += length;
    length *= multiplier;
  }
  return { passed: Math.max(0, time - start), length };
}

/**
 * torch CosineAnnealingWarmRestarts (Loshchilov & Hutter 2017): half a cosine from 1 down to `endFraction` over
 * `firstEpochs`, then again over a period `multiplier` times as long, and so on.
 */
export const warmRestarts = defineSchedule({
  schema: z.strictObject({
    name: z.literal('warmRestarts'),
    firstEpochs: z.number().positive(),
    multiplier: z.int().min(1).default(1),
    endFraction: z.number().min(0).lt(1).default(0),
  }),
  ignoresLength: true,
  factor: ({ firstEpochs, multiplier, endFraction }, { time }) => {
    const { passed, length } = periodAt(time, firstEpochs, multiplier);
    return alongCosine(1, endFraction, passed / length);
  },
});
