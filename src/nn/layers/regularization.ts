import { createHash } from 'node:crypto';
import { DataType } from '../../runtime/types.ts';
import { annotate } from '../annotation.ts';
import { defineOp } from '../define.ts';
import { integers, multiply, op, scalar, T, type } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** A random key per layer, so that two layers do not draw the same numbers in a step. */
const layerKey = (path: string): number => createHash('sha256').update(path).digest().readInt32LE(0);

/**
 * A mask of 1 / keep with probability `keep`, otherwise 0. The random numbers come from TensorFlow's StatelessRandomUniform and
 * depend only on the run's seed, the step and the layer, so that a resumed run repeats them.
 */
function randomMask(scope: Scope, shape: readonly number[], keep: number): Tensor {
  return annotate({ layer: scope.path, direction: 'forward', mask: true }, () => {
    const int32 = DataType.int32;
    const seed = op('AddV2', [type('T', int32)], [scope.pass.seed(), integers([layerKey(scope.path), 0])]);
    const attributes = [type('dtype', DataType.float), type('T', int32), type('Tseed', int32)];
    const uniform = op('StatelessRandomUniform', attributes, [integers(shape), seed]);
    const kept = op('Less', [T], [uniform, scalar(keep)]);
    const mask = op('Cast', [type('SrcT', DataType.bool), type('DstT', DataType.float)], [kept]);
    return multiply(mask, scalar(1 / keep));
  });
}

const applyMask = defineOp({
  name: 'ApplyMask',
  mask: true,
  inputs: ['x', 'mask'],
  saves: ['mask'],
  forward: ({ x, mask }) => multiply(x, mask),
  gradient: ({ dy, mask }) => ({ x: () => multiply(dy, mask) }),
});

/** In training, sets each value of x to 0 with probability `rate` and scales the others (Srivastava et al. 2014); any shape. */
export function dropout(scope: Scope, x: Tensor, rate: number): Tensor {
  if (!scope.training || rate === 0) return x;
  return applyMask({ x, mask: randomMask(scope, x.shape, 1 - rate) }, undefined, scope.path);
}

/** In training leaves out the branch x [n, ...] of whole examples (Huang et al. 2016), each with probability `rate`. */
export function stochasticDepth(scope: Scope, x: Tensor, rate: number): Tensor {
  if (!scope.training || rate === 0) return x;
  const mask = randomMask(scope, [x.shape[0], ...x.shape.slice(1).map(() => 1)], 1 - rate);
  return applyMask({ x, mask }, undefined, scope.path);
}
