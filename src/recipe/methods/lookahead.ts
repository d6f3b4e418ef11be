import { z } from 'zod';
import { averagedSpecs, moveAverages } from '../averages.ts';
import { defineMethod } from '../method.ts';
import { blended } from '../mixing.ts';

/**
 * Lookahead (Zhang et al. 2019, arXiv 1907.08610, algorithm 1): after every `steps` steps the slow weights move by the fraction
 * `rate` towards the fast weights, which continue from there. Moving statistics are treated like weights. The slow weights are
 * evaluated beside the fast ones.
 */
export const lookahead = defineMethod({
  schema: z
    .strictObject({
      /** Training steps between two moves of the slow weights. */
      steps: z.int().min(1).default(5),
      /** How far the slow weights move towards the fast weights; 1 is all the way. */
      rate: z.number().gt(0).lte(1).default(0.5),
    })
    .optional(),
  create: (config) =>
    config && {
      keepsAverage: true,
      state: averagedSpecs,
      feeds: {
        'lookahead/due': { value: ({ step }) => ((step + 1) % config.steps === 0 ? 1 : 0) },
        'lookahead/rate': { value: ({ step }) => ((step + 1) % config.steps === 0 ? config.rate : 0) },
      },
      finish: (step, updates) => {
        const slow = moveAverages(step, updates, step.feed('lookahead/rate'));
        const due = step.feed('lookahead/due');
        for (const [name, average] of slow)
          updates.set(name, blended(average, updates.get(name) ?? step.variables.get(name)!, due));
      },
    },
});
