import { z } from 'zod';
import { configError } from '../../base/errors.ts';
import { integer, integers, op, slice, type } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { DataType } from '../../runtime/types.ts';
import { defineMethod } from '../method.ts';

/** Images [n, h, w, c] mirrored left to right. */
function mirror(images: Tensor): Tensor {
  const width = images.shape[2] ?? 0;
  const columns = integers(Array.from({ length: width }, (_, i) => width - 1 - i));
  const attributes = [type('Tparams', DataType.float), type('Tindices', DataType.int32), type('Taxis', DataType.int32)];
  return op('GatherV2', attributes, [images, columns, integer(2)]);
}

/** Crops of size x size pixels from images [n, side, side, c]: the center, or the four corners and the center. */
function cropImages(images: Tensor, size: number, count: 1 | 5): Tensor[] {
  const [n = 0, side = 0, , channels = 0] = images.shape;
  if (side === size && count === 5)
    throw configError(
      `recipe.multiCrop.crops is 5, but all crops of ${size} pixels from images of ${side} pixels are the same: set a larger recipe.augmentation.evaluationInput, or crops: 1`,
    );
  if (side === size) return [images];
  const margin = side - size;
  const middle = Math.round(margin / 2);
  const corners = [0, margin].flatMap((top) => [0, margin].map((left) => [top, left] as const));
  const positions = count === 5 ? [...corners, [middle, middle] as const] : [[middle, middle] as const];
  return positions.map(([top, left]) => slice(images, [0, top, left, 0], [n, size, size, channels]));
}

/**
 * Evaluates several views of each image (Krizhevsky et al. 2012, section 4.1): crops of the input size from images of
 * `augmentation.evaluationInput` pixels, and their mirror images. The mean of their logits is the prediction.
 */
export const multiCrop = defineMethod({
  schema: z
    .strictObject({
      /** Crops per image: the center, or the four corners and the center. */
      crops: z.union([z.literal(1), z.literal(5)]).default(5),
      /** Whether the mirror image of each crop is evaluated too. */
      mirrored: z.boolean().default(true),
    })
    .optional(),
  check: (config, recipe) => {
    const { evaluationInput } = recipe['augmentation'] as { readonly evaluationInput?: number };
    return config?.crops === 5 && evaluationInput === undefined
      ? 'takes five crops of each image, which needs images larger than the input size: set augmentation.evaluationInput, or crops: 1'
      : undefined;
  },
  create: (config) =>
    config && {
      views: (images, input) => {
        const crops = images.flatMap((image) => cropImages(image, input, config.crops));
        return config.mirrored ? [...crops, ...crops.map(mirror)] : crops;
      },
    },
});
