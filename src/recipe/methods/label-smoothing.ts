import { z } from 'zod';
import { oneHot } from '../../nn/layers/loss.ts';
import { defineMethod } from '../method.ts';

/**
 * Targets of 1 - s + s / classes at the label and s / classes elsewhere (Szegedy et al. 2016, section 7). Used only in training:
 * evaluations compute the loss without smoothing.
 */
export const labelSmoothing = defineMethod({
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
