import { z } from 'zod';
import { binaryCrossEntropyLoss } from '../../nn/layers/binary-loss.ts';
import { isLess, scalar } from '../../nn/raw.ts';
import { defineMethod, type RecipeView, type RunLength } from '../method.ts';

/** The rounding of targets that are computed in float32. */
const TOLERANCE = 2 ** -22;

/** Why a threshold makes the targets of all classes equal, because of label smoothing; undefined if it does not. */
function thresholdProblem(
  threshold: number,
  { labelSmoothing }: Partial<RecipeView>,
  { classes }: RunLength,
): string | undefined {
  const smoothing = Number(labelSmoothing ?? 0);
  const [smallest, largest] = [smoothing / classes, 1 - smoothing + smoothing / classes];
  const given = `has the threshold ${threshold}, but labelSmoothing ${smoothing} with ${classes} classes gives targets from ${smallest} to ${largest}`;
  if (threshold >= largest - TOLERANCE) return `${given}, so all would become 0: choose a threshold between them`;
  return smoothing > 0 && threshold < smallest - TOLERANCE
    ? `${given}, so all would become 1: choose a threshold between them`
    : undefined;
}

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
  create: (config, recipe) =>
    config && {
      findRunProblem: (run) =>
        config.threshold === undefined ? undefined : thresholdProblem(config.threshold, recipe, run),
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
