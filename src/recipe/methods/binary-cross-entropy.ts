import { z } from 'zod';
import { binaryCrossEntropyLoss } from '../../nn/layers/binary-loss.ts';
import { isLess, scalar } from '../../nn/raw.ts';
import { defineMethod } from '../method.ts';

/**
 * Each class is a question of its own, answered by a sigmoid (Wightman et al. 2021, arXiv 2110.00476; timm's
 * BinaryCrossEntropy): the mean over examples and classes, or with `sumClasses` the sum over the classes. With a `threshold`
 * targets above it become 1 and all others 0. In training only: an evaluation's loss is the softmax cross-entropy.
 */
export const binaryCrossEntropy = defineMethod({
  schema: z
    .strictObject({
      sumClasses: z.boolean().default(false),
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
