import { defineOp } from '../define.ts';
import { multiply, reshape, sum } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkShape } from './check-input.ts';
import { checkOptions, finite, optional, whole } from './check-options.ts';

interface Factors {
  /** PyTorch's shape of the factors: [c] or [c, 1, 1]. */
  readonly shape: readonly number[];
  readonly channels: number;
}

const layerScaleOp = defineOp({
  name: 'LayerScale',
  inputs: ['x', 'scale'],
  saves: ['x', 'scale'],
  parameters: ['scale'],
  forward: ({ x, scale }, { channels }: Factors) => multiply(x, reshape(scale, [channels])),
  gradient: ({ dy, x, scale }, { channels, shape }) => ({
    x: () => multiply(dy, reshape(scale, [channels])),
    scale: () => {
      const leading = dy.shape.slice(0, -1).map((_, axis) => axis);
      return reshape(sum(multiply(dy, x), leading), shape);
    },
  }),
});

/** Options of `layerScale`. */
export interface LayerScaleOptions {
  /** The initial value of every factor. */
  readonly initial: number;
  /** The number of dimensions of 1 that follow the channels in PyTorch's shape of the tensor; default 0. */
  readonly trailing?: number;
}

/**
 * Layer scale (Touvron et al. 2021, section 2): multiplies every channel of a residual branch [..., c] by a trained factor, the
 * scope's tensor `leaf`. The call declares the tensor, which fixes its position in the state dict; the returned function applies
 * it.
 * @throws UserError exit code 78 if the options are invalid.
 */
export function layerScale(
  scope: Scope,
  leaf: string,
  channels: number,
  options: LayerScaleOptions,
): (branch: Tensor) => Tensor {
  checkOptions(`layer ${scope.path}: layerScale`, options, { initial: finite, trailing: optional(whole(0)) });
  const shape = [channels, ...Array.from({ length: options.trailing ?? 0 }, () => 1)];
  const scale = scope.parameter(leaf, {
    shape,
    layout: 'same',
    role: 'layerScale',
    initializer: { constant: options.initial },
  });
  return (x) => {
    checkShape(`layer ${scope.path}: layerScale`, x, [...x.shape.slice(0, -1), channels]);
    return layerScaleOp({ x, scale }, { shape, channels }, scope.path);
  };
}
