import { z } from 'zod';
import { defineMethod } from '../method.ts';

/**
 * Probability that a unit before the classifier is dropped (Srivastava et al. 2014); default: the network's own.
 * @example 0.2
 */
export const dropout = defineMethod({
  order: 110,
  schema: z.number().min(0).lt(1).optional(),
  create: (rate) => (rate === undefined ? undefined : { networkOptions: { dropout: rate } }),
});
