import { z } from 'zod';
import { defineMethod } from '../method.ts';

/**
 * Parameters that are trained up to an epoch and stay as they are from there on: no gradient, weight decay or momentum. Steps
 * after it are recorded and counted without their gradients.
 */
export const freeze = defineMethod({
  order: 820,
  schema: z
    .strictObject({
      /**
       * Names of parameters (`0.bias`), or of layers for all their parameters (`layer1.0`).
       * @example [conv1]
       */
      parameters: z.array(z.string().min(1)).min(1),
      /**
       * The first epoch without them; may be a fraction.
       * @unit epochs
       * @example 3
       */
      fromEpoch: z.number().positive(),
    })
    .optional(),
  check: (config, recipe) =>
    config && config.fromEpoch >= Number(recipe['epochs'])
      ? `starts at epoch ${config.fromEpoch}, but the run has ${String(recipe['epochs'])} epochs: give an earlier epoch, or more epochs`
      : undefined,
  create: (config) =>
    config && {
      stages: [
        { from: { epoch: 0 }, changes: {} },
        { from: { epoch: config.fromEpoch }, changes: {}, frozen: config.parameters },
      ],
    },
});
