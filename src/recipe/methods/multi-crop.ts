import { z } from 'zod';
import { configError } from '../../base/errors.ts';
import { reflectPad } from '../../nn/layers/padding.ts';
import { integer, integers, op, slice, type } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { DataType } from '../../runtime/types.ts';
import { defineMethod, type View } from '../method.ts';

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
 * Images [n, side, side, c] moved by some pixels to the top left, and to the bottom right. The border is filled by reflection.
 * @throws UserError exit code 78 if the images are too small for the shift.
 */
function shiftImages(images: Tensor, pixels: number): Tensor[] {
  const [, side = 0] = images.shape;
  if (pixels >= side)
    throw configError(
      `recipe.multiCrop.shift is ${pixels}, expected at most ${side - 1} for images of ${side} pixels: lower it`,
    );
  const padded = reflectPad(images, { before: pixels, after: pixels });
  return [2 * pixels, 0].map((corner) => slice(padded, [0, corner, corner, 0], images.shape));
}

/** A crop and, with a shift, its two shifted copies. The two copies together have the weight of the crop. */
const addShifted = (crop: View, shift: number | undefined): View[] =>
  shift === undefined
    ? [crop]
    : [crop, ...shiftImages(crop.images, shift).map((images) => ({ images, weight: crop.weight / 2 }))];

/**
 * Evaluates several views of each image (Krizhevsky et al. 2012, section 4.1): crops of the input size from images of
 * `augmentation.evaluationInput` pixels, shifted copies of them, and their mirror images. The weighted mean of their logits is the
 * prediction.
 */
export const multiCrop = defineMethod({
  order: 710,
  schema: z
    .strictObject({
      /** Crops per image: the center, or the four corners and the center. */
      crops: z.union([z.literal(1), z.literal(5)]).default(5),
      /** Whether the mirror image of each crop is evaluated too. */
      mirrored: z.boolean().default(true),
      /**
       * Also evaluates two copies of each crop, moved by this many pixels to the top left and to the bottom right, with reflected
       * borders. A crop has half of the weight, each copy a quarter (airbench's evaluation; Jordan 2024, arXiv 2404.00498).
       * @unit pixels
       * @example 1
       */
      shift: z.int().min(1).max(4095).optional(),
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
      views: (views, input) => {
        const crops = views
          .flatMap(({ images, weight }) =>
            cropImages(images, input, config.crops).map((crop) => ({ images: crop, weight })),
          )
          .flatMap((crop) => addShifted(crop, config.shift));
        return config.mirrored ? [...crops, ...crops.map((crop) => ({ ...crop, images: mirror(crop.images) }))] : crops;
      },
    },
});
