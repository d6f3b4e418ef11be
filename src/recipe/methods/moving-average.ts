import { z } from 'zod';
import { add, multiply, scalar, subtract } from '../../nn/raw.ts';
import { DataType } from '../../runtime/types.ts';
import { averagedSpecs } from '../averages.ts';
import { AVERAGED, defineMethod } from '../method.ts';

/**
 * Keeps an exponential moving average of the weights and the moving statistics, and evaluates it beside the trained weights:
 * average = average + (1 - decay) (value - average).
 */
export const movingAverage = defineMethod({
  order: 610,
  schema: z
    .strictObject({
      /**
       * The fraction of the average that stays at each step.
       * @example 0.9999
       */
      decay: z.number().gt(0).lt(1),
    })
    .optional(),
  create: (config) =>
    config && {
      keepsAverage: true,
      state: averagedSpecs,
      finish: ({ inputs, variables }, updates) => {
        for (const [name, before] of variables) {
          const value = updates.get(name) ?? before;
          const average = inputs.variable(AVERAGED + name, value.shape, DataType.float);
          const change = multiply(subtract(value, average), scalar(1 - config.decay));
          updates.set(AVERAGED + name, add(average, change));
        }
      },
    },
});
