import { z } from 'zod';
import { drawBeta } from '../draws.ts';
import { defineMethod } from '../method.ts';
import { blended, blendedTargets, drawsOfTurn, mixingProblem, reversed } from '../mixing.ts';

/**
 * mixup (Zhang et al. 2018, arXiv 1710.09412): images and targets are mixed in pairs, l x + (1 - l) x', with l drawn from
 * Beta(alpha, alpha) for every call of the step.
 */
export const mixup = defineMethod({
  order: 220,
  schema: z
    .strictObject({
      /** Both parameters of the beta distribution that mixing weights are drawn from. */
      alpha: z.number().positive().max(100).default(0.2),
    })
    .optional(),
  check: (config, recipe) => config && mixingProblem(recipe),
  create: (config, recipe) =>
    config && {
      feeds: {
        'mixup/share': {
          value: (call) => {
            const draws = drawsOfTurn('mixup', recipe, call);
            return draws ? drawBeta(config.alpha, draws) : 1;
          },
        },
      },
      batch: (batch, step) => {
        const share = step.feed('mixup/share');
        return {
          ...batch,
          images: blended(batch.images, reversed(batch.images), share),
          targets: blendedTargets(batch, share),
        };
      },
    },
});
