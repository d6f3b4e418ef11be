import { z } from 'zod';
import { oneHot } from '../../nn/layers/loss.ts';
import { defineMethod } from '../method.ts';

/**
 * Label smoothing s: the target is 1 - s + s / classes for the label and s / classes for all other classes (Szegedy et al. 2016,
 * section 7). Used only in training: the loss of an evaluation is computed without smoothing.
 * @example 0.1
 */
export const labelSmoothing = defineMethod({
  order: 210,
  schema: z.number().min(0).lt(1).default(0),
  create: (smoothing) =>
    smoothing === 0
      ? undefined
      : {
          batch: (batch) => ({
            ...batch,
            targets: (classes) => {
              const off = smoothing / classes;
              return oneHot(batch.labels, classes, { on: 1 - smoothing + off, off });
            },
          }),
        },
});
