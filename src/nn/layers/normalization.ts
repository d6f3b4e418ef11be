import { DataType } from '../../runtime/types.ts';
import { defineOp } from '../define.ts';
import { bool, float, floats, int, op, ops, T, text, type } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkImages } from './check-input.ts';
import { checkOptions, finite, flag, odd, optional } from './check-options.ts';

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Weight of a new batch in the moving statistics, as in PyTorch; default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Initial value of the scale, default 1. With 0 a residual block starts as the identity. */
  readonly scale?: number;
  /** Whether the scale keeps its initial value; default false. */
  readonly constantScale?: boolean;
}

const batchNormRules = {
  momentum: optional(finite),
  epsilon: optional(finite),
  scale: optional(finite),
  constantScale: optional(flag),
};

interface NormOptions {
  readonly momentum: number;
  readonly epsilon: number;
}

const commonAttributes = (epsilon: number, training: boolean) => [
  T,
  type('U', DataType.float),
  float('epsilon', epsilon),
  text('data_format', 'NHWC'),
  bool('is_training', training),
];

/**
 * Outputs: y, the new moving mean, the new moving variance, and three tensors for the gradient. With a momentum below 1 the
 * kernel updates the statistics itself. It adds the unbiased variance (n / (n - 1)), as PyTorch does.
 */
const trainingNorm = defineOp({
  name: 'BatchNormTraining',
  inputs: ['x', 'scale', 'offset', 'mean', 'variance'],
  outputs: ['y', 'newMean', 'newVariance', 'reserve1', 'reserve2', 'reserve3'],
  saves: ['x', 'scale', 'reserve1', 'reserve2', 'reserve3'],
  parameters: ['scale', 'offset'],
  forward: ({ x, scale, offset, mean, variance }, { momentum, epsilon }: NormOptions) => {
    const updatesStatistics = momentum < 1;
    const attributes = [...commonAttributes(epsilon, true), float('exponential_avg_factor', momentum)];
    const none = updatesStatistics ? undefined : floats([]);
    return ops('FusedBatchNormV3', attributes, [x, scale, offset, none ?? mean, none ?? variance], 6);
  },
  gradient: ({ dy, x, scale, reserve1, reserve2, reserve3 }, { epsilon }) => {
    const inputs = [dy, x, scale, reserve1, reserve2, reserve3];
    const [dx, dScale, dOffset] = ops('FusedBatchNormGradV3', commonAttributes(epsilon, true), inputs, 5);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
});

const evaluationNorm = defineOp({
  name: 'BatchNormEvaluation',
  inputs: ['x', 'scale', 'offset', 'mean', 'variance'],
  forward: ({ x, scale, offset, mean, variance }, { epsilon }: NormOptions) =>
    ops(
      'FusedBatchNormV3',
      [...commonAttributes(epsilon, false), float('exponential_avg_factor', 1)],
      [x, scale, offset, mean, variance],
      6,
    ),
});

/**
 * Batch normalization over [n, h, w] (Ioffe & Szegedy 2015), x [n, h, w, c] to the same shape; tensors `weight`, `bias`,
 * `running_mean` and `running_var`, all [c]. In training, the pass receives the new moving statistics.
 * @throws UserError exit code 78 if the options are invalid.
 */
export function batchNorm(scope: Scope, x: Tensor, options: BatchNormOptions = {}): Tensor {
  checkOptions(`layer ${scope.path}: batchNorm`, options, batchNormRules);
  checkImages(`layer ${scope.path}: batchNorm`, x);
  const { momentum = 0.1, epsilon = 1e-5 } = options;
  const shape = [x.shape[3] ?? 0];
  const one = { constant: 1 };
  const zero = { constant: 0 };
  const scale = scope.parameter('weight', {
    shape,
    layout: 'same',
    role: options.constantScale === true ? 'constant' : 'normScale',
    initializer: { constant: options.scale ?? 1 },
  });
  const offset = scope.parameter('bias', {
    shape,
    layout: 'same',
    role: 'normOffset',
    initializer: zero,
  });
  const mean = scope.parameter('running_mean', {
    shape,
    layout: 'same',
    role: 'statistic',
    initializer: zero,
  });
  const variance = scope.parameter('running_var', {
    shape,
    layout: 'same',
    role: 'statistic',
    initializer: one,
  });
  const inputs = { x, scale, offset, mean, variance };
  if (!scope.training) return evaluationNorm(inputs, { momentum, epsilon }, scope.path);
  const { y, newMean, newVariance } = trainingNorm.named(inputs, { momentum, epsilon }, scope.path);
  scope.update('running_mean', newMean);
  scope.update('running_var', newVariance);
  return y;
}

/** Options of `localResponseNorm`. */
export interface LocalResponseNormOptions {
  /** Channels in the window, as in PyTorch; an odd number, because TensorFlow's window is symmetric. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

const responseNormRules = { size: odd, alpha: finite, beta: finite, k: finite };

const lrnAttributes = ({ size, alpha, beta, k }: LocalResponseNormOptions) => [
  T,
  int('depth_radius', Math.floor(size / 2)),
  float('bias', k),
  // PyTorch divides alpha by the window size; TensorFlow and the paper do not.
  float('alpha', alpha / size),
  float('beta', beta),
];

const responseNorm = defineOp({
  name: 'LRN',
  inputs: ['x'],
  outputs: ['y'],
  saves: ['x', 'y'],
  forward: ({ x }, options: LocalResponseNormOptions) => op('LRN', lrnAttributes(options), [x]),
  gradient: ({ dy, x, y }, options) => ({
    x: () => op('LRNGrad', lrnAttributes(options), [dy, x, y]),
  }),
});

/**
 * Local response normalization of x [n, h, w, c] across channels (Krizhevsky et al. 2012, section 3.3): x / (k + alpha / size *
 * sum of squares in the window)^beta, with PyTorch's meaning of alpha.
 * @throws UserError exit code 78 if the options are invalid.
 */
export function localResponseNorm(x: Tensor, options: LocalResponseNormOptions): Tensor {
  checkOptions('localResponseNorm', options, responseNormRules);
  checkImages('localResponseNorm', x);
  return responseNorm({ x }, options);
}
