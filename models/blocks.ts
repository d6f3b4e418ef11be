import {
  averagePool,
  batchNorm,
  blurPool,
  conv2d,
  type Initializer,
  maxPool,
  multiply,
  type Scope,
  spatialMean,
  type Tensor,
} from '../src/nn/index.ts';
import { configError } from '../src/base/errors.ts';

/** PyTorch's default for convolutions, uniform in +-1 / sqrt(fan in), for networks in which torchvision does not change it. */
export const torchDefault: Initializer = { kaimingUniform: 1 / Math.sqrt(3) };

interface NormConvolution {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Default: `torchDefault`. */
  readonly initialize?: Initializer;
  readonly initializeBias?: Initializer;
  /** Whether there is a bias although a norm follows, as in VGG. */
  readonly bias?: boolean;
  /** If false, a bias replaces the norm. */
  readonly batchNorm: boolean;
  readonly epsilon?: number;
  readonly momentum?: number;
}

/**
 * A convolution, padded so that stride 1 keeps the size, and a batch norm, [n, h, w, c] -> [n, h', w', filters]. `names` are
 * PyTorch's names of the two layers: `[convolution, norm]`.
 */
export function convNorm(net: Scope, names: readonly [string, string], x: Tensor, spec: NormConvolution): Tensor {
  const { epsilon = 1e-5, momentum = 0.1, batchNorm: normalized, ...convolution } = spec;
  const y = conv2d(net.at(names[0]), x, {
    initialize: torchDefault,
    ...convolution,
    padding: (spec.kernel - 1) / 2,
    bias: spec.bias === true || !normalized,
  });
  return normalized ? batchNorm(net.at(names[1]), y, { epsilon, momentum }) : y;
}

interface SqueezeExcitation {
  /** Channels between the two layers. */
  readonly squeezed: number;
  readonly activation: (x: Tensor) => Tensor;
  /** Maps the outputs of the second layer to factors from 0 to 1. */
  readonly gate: (x: Tensor) => Tensor;
  readonly initializeBias?: Initializer;
}

/**
 * Squeeze and excitation (Hu et al. 2018, section 3), [n, h, w, c] to the same shape: multiplies each channel of an image by a factor.
 * Two 1x1 convolutions, `fc1` and `fc2`, compute the factors from the means of all channels.
 */
export function squeezeExcite(net: Scope, x: Tensor, options: SqueezeExcitation): Tensor {
  const { squeezed, activation, gate, ...initial } = options;
  const spec = { kernel: 1, bias: true, initialize: { kaimingNormal: 'fanOut' }, ...initial } as const;
  const y = activation(conv2d(net.at('fc1'), spatialMean(x), { ...spec, filters: squeezed }));
  return multiply(x, gate(conv2d(net.at('fc2'), y, { ...spec, filters: x.shape[3] ?? 0 })));
}

interface Pool {
  readonly kernel: number;
  readonly stride: number;
  readonly padding?: number;
  /** Whether the output size is rounded up (PyTorch's ceil_mode). */
  readonly ceil?: boolean;
}

/**
 * A max pool. With a blur of more than 0 pixels, it becomes a max pool with stride 1, followed by a blur with the pool's stride, as in
 * antialiased-cnns (Zhang 2019, arXiv 1904.11486).
 * @param dense the window of the pool with stride 1, if it differs from the pool's window.
 * @throws UserError exit code 78 if the window or the blur does not fit into the input.
 */
export function blurredMaxPoolAt(
  layer: Scope,
  x: Tensor,
  pool: Pool,
  blur: number,
  dense: Pick<Pool, 'kernel' | 'padding'> = pool,
): Tensor {
  if (blur === 0) return maxPoolAt(layer, x, pool);
  return blurAt(maxPoolAt(layer, x, { ...dense, stride: 1 }), { blur, stride: pool.stride });
}

/** A blur and its stride. */
interface Blur {
  /** Pixels of the blur; 0: none. */
  readonly blur: number;
  readonly stride: number;
}

/** The stride of a layer that a blur follows. With a blur it is 1: the blur has the stride. */
export const strideBeforeBlur = ({ blur, stride }: Blur): number => (blur === 0 ? stride : 1);

/** Blurs x [n, h, w, c] and takes every `stride`-th pixel. With a blur of 0 or a stride of 1, x is unchanged. */
export const blurAt = (x: Tensor, { blur, stride }: Blur): Tensor =>
  blur === 0 || stride === 1 ? x : blurPool(x, { size: blur, stride });

/** A max pool, with the layer's name in its errors. @throws UserError exit code 78 if the window does not fit into the input. */
export function maxPoolAt(layer: Scope, x: Tensor, pool: Pool): Tensor {
  checkWindow(layer, x, pool);
  return maxPool(x, pool);
}

/** An average pool, with the layer's name in its errors. @throws UserError exit code 78 if the window does not fit into the input. */
export function averagePoolAt(layer: Scope, x: Tensor, pool: Pool): Tensor {
  checkWindow(layer, x, pool);
  return averagePool(x, pool);
}

function checkWindow(layer: Scope, x: Tensor, { kernel, padding = 0 }: Pool): void {
  const [, height = 0, width = 0] = x.shape;
  if (Math.min(height, width) + 2 * padding >= kernel) return;
  throw configError(
    `layer ${layer.path} would have no output: its ${kernel} x ${kernel} window does not fit into ` +
      `${height} x ${width} pixels; use a larger input size`,
  );
}
