import { z } from 'zod';
import { binaryCrossEntropyLoss } from '../../nn/layers/binary-loss.ts';
import { isLess, scalar } from '../../nn/raw.ts';
import { defineMethod } from '../method.ts';

/**
 * Binary cross-entropy: a sigmoid decides each class separately (Wightman et al. 2021, arXiv 2110.00476; timm's BinaryCrossEntropy).
 * The loss is the mean over examples and classes. Used only in training: the loss of an evaluation is the softmax cross-entropy.
 */
export const binaryCrossEntropy = defineMethod({
  order: 310,
  schema: z
    .strictObject({
      /** Sums the losses of the classes instead of taking their mean. */
      sumClasses: z.boolean().default(false),
      /**
       * Targets above this become 1, all others 0.
       * @example 0.2
       */
      threshold: z.number().min(0).lt(1).optional(),
    })
    .optional(),
  create: (config) =>
    config && {
      loss:
        () =>
        ({ logits }, { targets }) =>
          binaryCrossEntropyLoss(
            logits,
            (classes) => {
              const given = targets(classes);
              return config.threshold === undefined ? given : isLess(scalar(config.threshold), given);
            },
            config.sumClasses,
          ),
    },
});
