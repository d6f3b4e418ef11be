import { add, integer, integers, multiply, op, scalar, subtract, type } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import { DataType } from '../runtime/types.ts';
import { drawsOf } from './draws.ts';
import type { Batch, Call, RecipeView } from './method.ts';

/*
 * The common parts of mixup and CutMix. As in timm, the partner of example i of a batch is example n - 1 - i.
 */

/** The purposes of random numbers. */
const Purpose = { choice: 1, mixup: 2, cutmix: 3 } as const;

/**
 * The random numbers of a method in a call; undefined if the method is not applied in this call. In a recipe with both methods, each
 * call applies one of them, with a probability of 1/2 each.
 */
export function drawsOfTurn(method: 'mixup' | 'cutmix', recipe: Partial<RecipeView>, call: Call) {
  const haveBoth = recipe['mixup'] !== undefined && recipe['cutmix'] !== undefined;
  const turn = drawsOf(call, Purpose.choice)() < 0.5 ? 'cutmix' : 'mixup';
  return haveBoth && turn !== method ? undefined : drawsOf(call, Purpose[method]);
}

/** Why the images of a batch cannot be mixed; undefined if they can. */
export const mixingProblem = ({ batch, gradientAccumulation }: RecipeView): string | undefined => {
  const images = batch / gradientAccumulation;
  return images % 2 === 0
    ? undefined
    : `mixes pairs of images, but the ${images} images that are computed at once (batch ${batch}, gradientAccumulation ${gradientAccumulation}) are an odd number: make it even`;
};

/** A tensor [n, ...] with its n rows in reverse order. */
export function reversed(x: Tensor): Tensor {
  const [n = 0] = x.shape;
  const order = integers(Array.from({ length: n }, (_, i) => n - 1 - i));
  const attributes = [type('Tparams', DataType.float), type('Tindices', DataType.int32), type('Taxis', DataType.int32)];
  return op('GatherV2', attributes, [x, order, integer(0)]);
}

/** share a + (1 - share) b; exactly a for a share of 1, exactly b for 0. `share` may be broadcast. */
export const blended = (a: Tensor, b: Tensor, share: Tensor): Tensor =>
  add(multiply(a, share), multiply(b, subtract(scalar(1), share)));

/** The targets share y + (1 - share) y', where y' are the targets of the partner. @param share a scalar. */
export const blendedTargets =
  ({ targets }: Batch, share: Tensor): Batch['targets'] =>
  (classes) => {
    const own = targets(classes);
    return blended(own, reversed(own), share);
  };
