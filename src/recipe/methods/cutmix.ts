import { z } from 'zod';
import { floats, isLess, multiply, reshape, scalar, slice, subtract } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { drawBeta } from '../draws.ts';
import { type Call, defineMethod, type RecipeView } from '../method.ts';
import { blended, blendedTargets, drawsOfTurn, mixingProblem, reversed } from '../mixing.ts';

/** Rows and columns of a box, from the first to the one after the last. */
export type Box = readonly [top: number, bottom: number, left: number, right: number];

/**
 * The box of a call, as the authors draw it: its sides are sqrt(1 - l) of the image's, with l from Beta(alpha, alpha), its
 * center is any pixel, and what lies outside of the image is cut off. Empty where the other method has its turn.
 */
export function cropBoxAt(alpha: number, recipe: Partial<RecipeView>, call: Call): Box {
  const draws = drawsOfTurn('cutmix', recipe, call);
  if (!draws) return [0, 0, 0, 0];
  const size = call.input;
  const half = Math.floor(Math.floor(size * Math.sqrt(1 - drawBeta(alpha, draws))) / 2);
  const span = (): [number, number] => {
    const center = Math.floor(draws() * size);
    return [Math.max(0, center - half), Math.min(size, center + half)];
  };
  const [top, bottom] = span();
  const [left, right] = span();
  return [top, bottom, left, right];
}

/** 1 for the indices in [from, to) of so many, else 0. */
function within(count: number, from: Tensor, to: Tensor): Tensor {
  const indices = floats(Array.from({ length: count }, (_, i) => i));
  return multiply(isLess(indices, to), subtract(scalar(1), isLess(indices, from)));
}

/** 1 outside of the box, 0 in it; [height, width, 1]. */
function maskOf(images: Tensor, box: Tensor): Tensor {
  const [, height = 0, width = 0] = images.shape;
  const edge = (i: number): Tensor => slice(box, [i], [1]);
  const rows = reshape(within(height, edge(0), edge(1)), [height, 1, 1]);
  const columns = reshape(within(width, edge(2), edge(3)), [1, width, 1]);
  return subtract(scalar(1), multiply(rows, columns));
}

/**
 * CutMix (Yun et al. 2019, arXiv 1905.04899): a box of each image is replaced by the same box of its partner, and the targets are
 * mixed in proportion to the areas. Each call of a step draws one box.
 */
export const cutmix = defineMethod({
  order: 230,
  schema: z
    .strictObject({
      /** Both parameters of the beta distribution that the areas of boxes are drawn from. */
      alpha: z.number().positive().max(100).default(1),
    })
    .optional(),
  check: (config, recipe) => config && mixingProblem(recipe),
  create: (config, recipe) =>
    config && {
      feeds: {
        'cutmix/box': { shape: [4], value: (call) => cropBoxAt(config.alpha, recipe, call) },
        'cutmix/share': {
          value: (call) => {
            const [top, bottom, left, right] = cropBoxAt(config.alpha, recipe, call);
            return 1 - ((bottom - top) * (right - left)) / call.input ** 2;
          },
        },
      },
      batch: (batch, step) => {
        const mask = maskOf(batch.images, step.feed('cutmix/box'));
        return {
          ...batch,
          images: blended(batch.images, reversed(batch.images), mask),
          targets: blendedTargets(batch, step.feed('cutmix/share')),
        };
      },
    },
});
