import { z } from 'zod';
import { withAuxiliary } from '../../nn/layers/loss.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { defineMethod, type Loss } from '../method.ts';

/** The loss of the main head plus `weight` times that of each auxiliary head. */
const addAuxiliaryLosses =
  (next: Loss, weight: number): Loss =>
  (heads, batch) => {
    const lossOfHead = (logits: Tensor) => next({ logits, auxiliary: [] }, batch);
    const main = lossOfHead(heads.logits);
    return withAuxiliary(main, heads.auxiliary.map(lossOfHead), weight);
  };

/**
 * The weight of the loss of each auxiliary head, for networks with auxiliary heads (0.3 in Szegedy et al. 2015, section 5). With 0,
 * the heads are computed and counted, but not trained.
 */
export const auxiliaryWeight = defineMethod({
  order: 320,
  schema: z.number().min(0).default(0.3),
  create: (weight) =>
    weight === 0
      ? {
          outputs: ({ auxiliary }) => new Map(auxiliary.map((logits, i) => [`auxiliary${i}`, logits])),
        }
      : { loss: (next) => addAuxiliaryLosses(next, weight) },
});
