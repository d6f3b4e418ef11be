import { z } from 'zod';
import { withAuxiliary } from '../../nn/layers/loss.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { defineMethod, type Loss } from '../method.ts';

/** The main head's loss plus `weight` times each auxiliary head's. */
const weighted =
  (next: Loss, weight: number): Loss =>
  (heads, batch) => {
    const of = (logits: Tensor) => next({ logits, auxiliary: [] }, batch);
    const main = of(heads.logits);
    return withAuxiliary(main, heads.auxiliary.map(of), weight);
  };

/**
 * Weight of each auxiliary head's loss, where the network has heads (Szegedy et al. 2015, section 5: 0.3). With 0 they are
 * computed, and counted, but not trained.
 */
export const auxiliaryWeight = defineMethod({
  schema: z.number().min(0).default(0.3),
  create: (weight) =>
    weight === 0
      ? {
          outputs: ({ auxiliary }) => new Map(auxiliary.map((logits, i) => [`auxiliary${i}`, logits])),
        }
      : { loss: (next) => weighted(next, weight) },
});
