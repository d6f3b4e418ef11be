import { z } from 'zod';
import { formatCount } from '../../base/text/format.ts';
import { defineMethod } from '../method.ts';

/**
 * Trains some parameters only up to an epoch. After that they do not change: no gradient, weight decay or momentum. Later steps are
 * recorded and counted without the gradients of these parameters. Only a lookahead with `decay` still moves them, as in airbench's code.
 */
export const freeze = defineMethod({
  order: 820,
  schema: z
    .strictObject({
      /**
       * Names of parameters (`0.bias`) or of layers (`layer1.0`, which means all of its parameters).
       * @example [conv1]
       */
      parameters: z.array(z.string().min(1)).min(1),
      /**
       * The epoch at which their training ends; may be a fraction.
       * @unit epochs
       * @example 3
       */
      fromEpoch: z.number().positive(),
    })
    .optional(),
  check: (config, recipe) =>
    config && config.fromEpoch >= Number(recipe['epochs'])
      ? `starts at epoch ${config.fromEpoch}, but the run has only ${formatCount(Number(recipe['epochs']), 'epoch')}: lower freeze.fromEpoch, or raise recipe.epochs`
      : undefined,
  create: (config) =>
    config && {
      stages: [
        { from: { epoch: 0 }, changes: {} },
        { from: { epoch: config.fromEpoch }, changes: {}, frozen: config.parameters },
      ],
    },
});
