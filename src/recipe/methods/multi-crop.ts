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

/** Squares of so many pixels: the middle alone, or the four corners and the middle. */
function cropsOf(images: Tensor, size: number, count: 1 | 5): Tensor[] {
  const [n = 0, side = 0, , channels = 0] = images.shape;
  if (side === size && count === 5)
    throw configError(
      `recipe.multiCrop: five crops of ${size} pixels from images of ${side} would be the same; give a larger recipe.augmentation.evaluationInput, or crops: 1`,
    );
  if (side === size) return [images];
  const room = side - size;
  const middle = Math.round(room / 2);
  const corners = [0, room].flatMap((top) => [0, room].map((left) => [top, left] as const));
  const places = count === 5 ? [...corners, [middle, middle] as const] : [[middle, middle] as const];
  return places.map(([top, left]) => slice(images, [0, top, left, 0], [n, size, size, channels]));
}

/**
 * Images [n, side, side, c] moved by some pixels to the top left, and to the bottom right. The border continues as its reflection.
 * @throws UserError exit code 78 if the images are too small to be continued so far.
 */
function shifted(images: Tensor, pixels: number): Tensor[] {
  const [, side = 0] = images.shape;
  if (pixels >= side)
    throw configError(
      `recipe.multiCrop.shift: is ${pixels}, but images of ${side} pixels can be moved by ${side - 1} at most; give less`,
    );
  const padded = reflectPad(images, { before: pixels, after: pixels });
  return [2 * pixels, 0].map((corner) => slice(padded, [0, corner, corner, 0], images.shape));
}

/** A crop and, if a shift is given, its shifted copies: the crop counts for as much as both of them. */
const withShifted = (crop: View, shift: number | undefined): View[] =>
  shift === undefined
    ? [crop]
    : [crop, ...shifted(crop.images, shift).map((images) => ({ images, weight: crop.weight / 2 }))];

/**
 * An evaluation over several views of each image (Krizhevsky et al. 2012, section 4.1): crops of the input's size from images
 * of `augmentation.evaluationInput` pixels, their mirror images and shifted copies. The mean of the logits counts.
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
       * Two more copies of each crop are evaluated: moved by so many pixels to the top left and to the bottom right, with reflected
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
      ? 'takes five crops of each image, so it needs images larger than the input: give augmentation.evaluationInput, or crops: 1'
      : undefined;
  },
  create: (config) =>
    config && {
      views: (given, input) => {
        const crops = given
          .flatMap(({ images, weight }) =>
            cropsOf(images, input, config.crops).map((crop) => ({ images: crop, weight })),
          )
          .flatMap((crop) => withShifted(crop, config.shift));
        return config.mirrored ? [...crops, ...crops.map((crop) => ({ ...crop, images: mirror(crop.images) }))] : crops;
      },
    },
});
