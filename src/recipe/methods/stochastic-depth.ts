import { z } from 'zod';
import { defineMethod } from '../method.ts';

/**
 * Probability that the last residual branch is dropped (Huang et al. 2016); default: the network's own.
 * @example 0.1
 */
export const stochasticDepth = defineMethod({
  order: 120,
  schema: z.number().min(0).lt(1).optional(),
  create: (rate) => (rate === undefined ? undefined : { networkOptions: { stochasticDepth: rate } }),
});
