import { z } from 'zod';
import { drawBeta } from '../draws.ts';
import { defineMethod } from '../method.ts';
import { blended, blendedTargets, drawsOfTurn, mixingProblem, reversed } from '../mixing.ts';

/**
 * mixup (Zhang et al. 2018, arXiv 1710.09412): mixes images and targets in pairs, l x + (1 - l) x'. Each step draws l from
 * Beta(alpha, alpha), and with `gradientAccumulation` each part of its batch.
 */
export const mixup = defineMethod({
  order: 220,
  schema: z
    .strictObject({
      /** Both parameters of the beta distribution of the mixing factor. */
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
