import { defineOp } from '../define.ts';
import { add, mean, multiply, op, scalar, subtract, sum, T } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkShape } from './check-input.ts';
import { checkOptions, finite, optional } from './check-options.ts';

const meanOverLast = (x: Tensor): Tensor => mean(x, [-1], true);
const leadingAxes = (x: Tensor): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

/** x^ = (x - mean) / sqrt(variance + epsilon) over the last dimension, and 1 / sqrt(variance + epsilon). */
const standardize = defineOp({
  name: 'Standardize',
  inputs: ['x'],
  outputs: ['y', 'inverse'],
  saves: ['y', 'inverse'],
  forward: ({ x }, { epsilon }: { readonly epsilon: number }) => {
    const centred = subtract(x, meanOverLast(x));
    const variance = meanOverLast(op('Square', [T], [centred]));
    const inverse = op('Rsqrt', [T], [add(variance, scalar(epsilon))]);
    return [multiply(centred, inverse), inverse];
  },
  // (dy - mean(dy) - x^ mean(dy x^)) / sqrt(variance + epsilon)
  gradient: ({ dy, y, inverse }) => ({
    x: () => {
      const along = multiply(y, meanOverLast(multiply(dy, y)));
      return multiply(subtract(subtract(dy, meanOverLast(dy)), along), inverse);
    },
  }),
});

const scaleAndShift = defineOp({
  name: 'ScaleAndShift',
  inputs: ['x', 'scale', 'offset'],
  saves: ['x', 'scale'],
  parameters: ['scale', 'offset'],
  forward: ({ x, scale, offset }) => add(multiply(x, scale), offset),
  gradient: ({ dy, x, scale }) => ({
    x: () => multiply(dy, scale),
    scale: () => sum(multiply(dy, x), leadingAxes(dy)),
    offset: () => sum(dy, leadingAxes(dy)),
  }),
});

/**
 * Layer normalization over the last dimension (Ba et al. 2016), x [..., c] to the same shape; parameters `weight` and `bias`, both
 * [c]. With x [n, h, w, c] this is ConvNeXt's norm over the channels of each pixel.
 * @throws UserError exit code 78 if the options are invalid.
 */
export function layerNorm(scope: Scope, x: Tensor, options: { readonly epsilon?: number } = {}): Tensor {
  checkOptions(`layer ${scope.path}: layerNorm`, options, { epsilon: optional(finite) });
  if (x.shape.length < 2) checkShape(`layer ${scope.path}: layerNorm`, x, ['n', 'c']);
  const { epsilon = 1e-5 } = options;
  const shape = [x.shape.at(-1) ?? 0];
  const scale = scope.parameter('weight', { shape, layout: 'same', role: 'normScale', initializer: { constant: 1 } });
  const offset = scope.parameter('bias', { shape, layout: 'same', role: 'normOffset', initializer: { constant: 0 } });
  const standardized = standardize({ x }, { epsilon }, scope.path);
  return scaleAndShift({ x: standardized, scale, offset }, undefined, scope.path);
}
