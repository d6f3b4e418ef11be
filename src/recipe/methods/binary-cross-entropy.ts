import { z } from 'zod';
import { binaryCrossEntropyLoss } from '../../nn/layers/binary-loss.ts';
import { isLess, scalar } from '../../nn/raw.ts';
import { defineMethod } from '../method.ts';

/**
 * Binary cross-entropy: a sigmoid decides each class separately (Wightman et al. 2021, arXiv 2110.00476; timm's BinaryCrossEntropy).
 * The loss is the mean over images and classes. Used only in training: the loss of an evaluation is the softmax cross-entropy.
 */
export const binaryCrossEntropy = defineMethod({
  order: 310,
  schema: z
    .strictObject({
      /** Whether the losses of the classes are summed instead of averaged. */
      sumClasses: z.boolean().default(false),
      /**
       * Targets above this value become 1, all others 0. Default: targets stay unchanged.
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
              const soft = targets(classes);
              return config.threshold === undefined ? soft : isLess(scalar(config.threshold), soft);
            },
            config.sumClasses,
          ),
    },
});
