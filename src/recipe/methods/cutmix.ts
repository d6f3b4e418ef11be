import { z } from 'zod';
import { floats, isLess, multiply, reshape, scalar, slice, subtract } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { drawBeta } from '../draws.ts';
import { type Call, defineMethod, type RecipeView } from '../method.ts';
import { blended, blendedTargets, drawsOfTurn, mixingProblem, reversed } from '../mixing.ts';

/** Rows and columns of a box in pixels. `bottom` and `right` are excluded. */
export type Box = readonly [top: number, bottom: number, left: number, right: number];

/**
 * Draws the box of a call as in the authors' code: its sides are sqrt(1 - l) of the image's sides, with l from Beta(alpha, alpha). Its
 * center is a random pixel, and parts outside of the image are cut off. The box is empty in calls in which mixup is applied instead.
 */
export function cropBoxAt(alpha: number, recipe: Partial<RecipeView>, call: Call): Box {
  const draws = drawsOfTurn('cutmix', recipe, call);
  if (!draws) return [0, 0, 0, 0];
  const size = call.input;
  const half = Math.floor(Math.floor(size * Math.sqrt(1 - drawBeta(alpha, draws))) / 2);
  const drawSpan = (): [number, number] => {
    const center = Math.floor(draws() * size);
    return [Math.max(0, center - half), Math.min(size, center + half)];
  };
  const [top, bottom] = drawSpan();
  const [left, right] = drawSpan();
  return [top, bottom, left, right];
}

/** A float32 vector of `count` elements: 1 for indices in [from, to), otherwise 0. */
function maskRange(count: number, from: Tensor, to: Tensor): Tensor {
  const indices = floats(Array.from({ length: count }, (_, i) => i));
  return multiply(isLess(indices, to), subtract(scalar(1), isLess(indices, from)));
}

/** A mask [height, width, 1]: 0 in the box, 1 outside of it. */
function maskBox(images: Tensor, box: Tensor): Tensor {
  const [, height = 0, width = 0] = images.shape;
  const edge = (i: number): Tensor => slice(box, [i], [1]);
  const rows = reshape(maskRange(height, edge(0), edge(1)), [height, 1, 1]);
  const columns = reshape(maskRange(width, edge(2), edge(3)), [1, width, 1]);
  return subtract(scalar(1), multiply(rows, columns));
}

/**
 * CutMix (Yun et al. 2019, arXiv 1905.04899): replaces a box of each image by the same box of its partner in the batch, and mixes the
 * targets in proportion to the areas. Each step draws one box, and with
 * `gradientAccumulation` each part of its batch.
 */
export const cutmix = defineMethod({
  order: 230,
  schema: z
    .strictObject({
      /** Both parameters of the beta distribution of the areas of boxes. */
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
        const mask = maskBox(batch.images, step.feed('cutmix/box'));
        return {
          ...batch,
          images: blended(batch.images, reversed(batch.images), mask),
          targets: blendedTargets(batch, step.feed('cutmix/share')),
        };
      },
    },
});
