import { createHash } from 'node:crypto';
import { DataType } from '../../runtime/types.ts';
import { annotate } from '../annotation.ts';
import { defineOp } from '../define.ts';
import { integers, multiply, op, scalar, T, type } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkOptions, rate as anyRate } from './check-options.ts';

/** A key for each layer, so that two layers do not draw the same random numbers in a step. */
const layerKey = (path: string): number => createHash('sha256').update(path).digest().readInt32LE(0);

/**
 * A mask: each element is 1 / keep with probability `keep`, otherwise 0. The random numbers are those of TensorFlow's
 * StatelessRandomUniform. They depend only on the run's seed, the step and the layer, so a resumed run repeats them.
 */
function randomMask(scope: Scope, shape: readonly number[], keep: number): Tensor {
  return annotate({ layer: scope.path, direction: 'forward', mask: true }, () => {
    const int32 = DataType.int32;
    const seed = op('AddV2', [type('T', int32)], [scope.pass.seed(scope.path), integers([layerKey(scope.path), 0])]);
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

/**
 * In training, sets each value of x to 0 with probability `rate`, and divides the others by 1 - rate (Srivastava et al. 2014). Any
 * shape.
 * @throws UserError exit code 78 if the rate is not from 0 to below 1.
 */
export function dropout(scope: Scope, x: Tensor, rate: number): Tensor {
  checkOptions(`layer ${scope.path}: dropout`, { rate }, { rate: anyRate });
  if (!scope.training || rate === 0) return x;
  return applyMask({ x, mask: randomMask(scope, x.shape, 1 - rate) }, undefined, scope.path);
}

/**
 * In training, sets the branch x [n, ...] of each image to 0 with probability `rate`, and divides those of the other images by
 * 1 - rate (Huang et al. 2016).
 * @throws UserError exit code 78 if the rate is not from 0 to below 1.
 */
export function stochasticDepth(scope: Scope, x: Tensor, rate: number): Tensor {
  checkOptions(`layer ${scope.path}: stochasticDepth`, { rate }, { rate: anyRate });
  if (!scope.training || rate === 0) return x;
  const mask = randomMask(scope, [x.shape[0], ...x.shape.slice(1).map(() => 1)], 1 - rate);
  return applyMask({ x, mask }, undefined, scope.path);
}
