import { add, integer, integers, multiply, op, scalar, subtract, type } from '../nn/raw.ts';
import type { Tensor } from '../nn/tensor.ts';
import { DataType } from '../runtime/types.ts';
import { drawsOf } from './draws.ts';
import type { Batch, Call, RecipeView } from './method.ts';

/** What mixup and CutMix have in common: each example is mixed with that at the other end of the batch, as timm pairs them. */

const Purpose = { choice: 1, mixup: 2, cutmix: 3 } as const;

/** The draws of a method in a call; undefined where the other method has its turn: a step takes either with probability 1/2. */
export function drawsOfTurn(method: 'mixup' | 'cutmix', recipe: Partial<RecipeView>, call: Call) {
  const haveBoth = recipe['mixup'] !== undefined && recipe['cutmix'] !== undefined;
  const turn = drawsOf(call, Purpose.choice)() < 0.5 ? 'cutmix' : 'mixup';
  return haveBoth && turn !== method ? undefined : drawsOf(call, Purpose[method]);
}

/** Why a batch cannot be mixed, in words. */
export const mixingProblem = ({ batch, gradientAccumulation }: RecipeView): string | undefined => {
  const examples = batch / gradientAccumulation;
  return examples % 2 === 0
    ? undefined
    : `mixes pairs of examples, but ${examples} are computed at once (batch ${batch}, gradientAccumulation ${gradientAccumulation}); make that number even`;
};

/** Rows in the opposite order. */
export function reversed(x: Tensor): Tensor {
  const [n = 0] = x.shape;
  const order = integers(Array.from({ length: n }, (_, i) => n - 1 - i));
  const attributes = [type('Tparams', DataType.float), type('Tindices', DataType.int32), type('Taxis', DataType.int32)];
  return op('GatherV2', attributes, [x, order, integer(0)]);
}

/** share a + (1 - share) b; exactly a or b where the share is 1 or 0. */
export const blended = (a: Tensor, b: Tensor, share: Tensor): Tensor =>
  add(multiply(a, share), multiply(b, subtract(scalar(1), share)));

/** Targets of which each example keeps this share, and its partner gives the rest. @param share a scalar */
export const blendedTargets =
  ({ targets }: Batch, share: Tensor): Batch['targets'] =>
  (classes) => {
    const own = targets(classes);
    return blended(own, reversed(own), share);
  };
