import { configError } from '../../base/errors.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { defineOp } from '../define.ts';
import { broadcastTo, int, integers, mean, multiply, op, pad, reshape, scalar, slice, T, text } from '../raw.ts';
import { concatAlong, sliceAlong } from './arithmetic.ts';
import { checkImages } from './check-input.ts';
import { checkOptions, flag, optional, sides, whole } from './check-options.ts';
import { zeroPad } from './padding.ts';
import type { Tensor } from '../tensor.ts';

/** Options of `maxPool` and `averagePool`. */
export interface PoolOptions {
  /** Height and width of the window. */
  readonly kernel: number;
  readonly stride: number;
  /** Pixels on each side, as in PyTorch; default 0. */
  readonly padding?: number;
  /** Whether the output size is rounded up (PyTorch's ceil_mode); default false. */
  readonly ceil?: boolean;
}

const averageRules = { kernel: whole(1), stride: whole(1), padding: optional(whole(0)) };
const maxRules = { ...averageRules, ceil: optional(flag) };

/** @throws UserError exit code 78 if a window could contain only padding; PyTorch has the same limit. */
function checkPadding(layer: string, { kernel, padding = 0 }: PoolOptions): void {
  if (2 * padding > kernel)
    throw configError(`${layer}: padding is ${padding}, expected at most half of the window of ${kernel} pixels`);
}

/**
 * The padding before and after one dimension, with which all windows of PyTorch's output lie inside.
 * @throws UserError exit code 78 if the window is larger than the padded image.
 */
function sidePadding(size: number, { kernel, stride, padding = 0, ceil = false }: PoolOptions) {
  const reach = size + 2 * padding - kernel;
  if (reach < 0)
    throw configError(`a pooling window of ${kernel} does not fit into ${size} pixels: use a larger input size`);
  let outputs = (ceil ? Math.ceil(reach / stride) : Math.floor(reach / stride)) + 1;
  // In PyTorch no window starts beyond the image and its left padding.
  if (ceil && (outputs - 1) * stride >= size + padding) outputs--;
  const after = (outputs - 1) * stride + kernel - size - padding;
  return { before: padding, after: Math.max(0, after) };
}

interface MaxPoolWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly mode: 'SAME' | 'VALID';
}

const windowAttributes = ({ kernel, stride, mode }: MaxPoolWindow): OpAttribute[] => [
  T,
  int('ksize', [1, kernel, kernel, 1]),
  int('strides', [1, stride, stride, 1]),
  text('padding', mode),
  int('explicit_paddings', []),
  text('data_format', 'NHWC'),
];

const maxPoolOp = defineOp({
  name: 'MaxPool',
  inputs: ['x'],
  outputs: ['y'],
  saves: ['x', 'y'],
  forward: ({ x }, window: MaxPoolWindow) => op('MaxPool', windowAttributes(window), [x]),
  gradient: ({ dy, x, y }, window) => ({
    x: () => op('MaxPoolGrad', windowAttributes(window), [x, y, dy]),
  }),
});

interface Border {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly inputShape: readonly number[];
}

const LOWEST = -3.4e38;

/** Pads with a number that is never the maximum. */
const lowPad = defineOp({
  name: 'LowPad',
  inputs: ['x'],
  forward: ({ x }, { before, after }: Border) => pad(x, before, after, LOWEST),
  gradient: ({ dy }, { before, inputShape }) => ({ x: () => slice(dy, before, inputShape) }),
});

/** Whether TensorFlow's SAME gives this padding. SAME adds an odd pixel at the end. */
function isSame(size: number, { kernel, stride }: PoolOptions, { before, after }: { before: number; after: number }) {
  const outputs = Math.ceil(size / stride);
  const total = Math.max((outputs - 1) * stride + kernel - size, 0);
  return before === Math.floor(total / 2) && after === total - before;
}

/**
 * The maximum of each window, [n, h, w, c] -> [n, h', w', c]; padding is never the maximum. If SAME differs from PyTorch's
 * padding, the image is padded first, because TensorFlow's gradient for EXPLICIT padding takes ten times as long.
 * @throws UserError exit code 78 if the options are invalid, or the window does not fit into the image.
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  checkOptions('maxPool', options, maxRules);
  checkImages('maxPool', x);
  checkPadding('maxPool', options);
  const { kernel, stride } = options;
  const [, height = 0, width = 0] = x.shape;
  const rows = sidePadding(height, options);
  const columns = sidePadding(width, options);
  const unpadded = [rows, columns].every(({ before, after }) => before === 0 && after === 0);
  if (unpadded) return maxPoolOp({ x }, { kernel, stride, mode: 'VALID' });
  if (isSame(height, options, rows) && isSame(width, options, columns))
    return maxPoolOp({ x }, { kernel, stride, mode: 'SAME' });
  const padded = lowPad(
    { x },
    {
      before: [0, rows.before, columns.before, 0],
      after: [0, rows.after, columns.after, 0],
      inputShape: x.shape,
    },
  );
  return maxPoolOp({ x: padded }, { kernel, stride, mode: 'VALID' });
}

interface AveragePoolWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly inputShape: readonly number[];
}

const averageAttributes = ({ kernel, stride }: AveragePoolWindow): OpAttribute[] => [
  T,
  int('ksize', [1, kernel, kernel, 1]),
  int('strides', [1, stride, stride, 1]),
  text('padding', 'VALID'),
  text('data_format', 'NHWC'),
];

const averagePoolOp = defineOp({
  name: 'AvgPool',
  inputs: ['x'],
  forward: ({ x }, window: AveragePoolWindow) => op('AvgPool', averageAttributes(window), [x]),
  gradient: ({ dy }, window) => ({
    x: () => op('AvgPoolGrad', averageAttributes(window), [integers(window.inputShape), dy]),
  }),
});

/**
 * The mean of each window, including zero padding (PyTorch's count_include_pad), [n, h, w, c] -> [n, h', w', c].
 * @throws UserError exit code 78 if the options are invalid, or the window does not fit into the image.
 */
export function averagePool(x: Tensor, options: Omit<PoolOptions, 'ceil'>): Tensor {
  checkOptions('averagePool', options, averageRules);
  checkImages('averagePool', x);
  checkPadding('averagePool', options);
  const { kernel, stride, padding = 0 } = options;
  const padded = zeroPad(x, [padding, padding]);
  for (const size of [padded.shape[1] ?? 0, padded.shape[2] ?? 0]) sidePadding(size, { kernel, stride });
  return averagePoolOp({ x: padded }, { kernel, stride, inputShape: padded.shape });
}

interface Reduction {
  readonly axes: readonly number[];
  readonly inputShape: readonly number[];
}

const averageOver = defineOp({
  name: 'MeanOver',
  inputs: ['x'],
  forward: ({ x }, { axes }: Reduction) => mean(x, axes, true),
  gradient: ({ dy }, { axes, inputShape }) => ({
    x: () => {
      const parts = axes.reduce((product, axis) => product * (inputShape[axis] ?? 1), 1);
      return broadcastTo(multiply(dy, scalar(1 / parts)), inputShape);
    },
  }),
});

const squeeze = defineOp({
  name: 'Squeeze',
  inputs: ['x'],
  forward: ({ x }, { inputShape: [n = 0, , , c = 0] }: Pick<Reduction, 'inputShape'>) => reshape(x, [n, c]),
  gradient: ({ dy }, { inputShape }) => ({ x: () => reshape(dy, inputShape) }),
});

/** Mean over height and width, [n, h, w, c] -> [n, c]. */
export function globalAveragePool(x: Tensor): Tensor {
  const averaged = spatialMean(x);
  return squeeze({ x: averaged }, { inputShape: averaged.shape });
}

/** Mean over height and width, [n, h, w, c] -> [n, 1, 1, c]. */
export function spatialMean(x: Tensor): Tensor {
  checkImages('the mean over height and width', x);
  return averageOver({ x }, { axes: [1, 2], inputShape: x.shape });
}

/** Averages along one axis of size h in PyTorch's bins: output i is the mean of floor(i h / out) to ceil((i + 1) h / out) - 1. */
function adaptAxis(x: Tensor, axis: 1 | 2, outputs: number): Tensor {
  const size = x.shape[axis] ?? 0;
  if (size === outputs) return x;
  const bins = Array.from({ length: outputs }, (_, i) => {
    const begin = Math.floor((i * size) / outputs);
    const end = Math.ceil(((i + 1) * size) / outputs);
    const part = sliceAlong(x, axis, begin, end - begin);
    return end - begin === 1 ? part : averageOver({ x: part }, { axes: [axis], inputShape: part.shape });
  });
  return concatAlong(bins, axis);
}

/** Average pooling to a given output size, smaller or larger than the input: [n, h, w, c] -> [n, height, width, c]. @throws UserError 78. */
export function adaptiveAveragePool(x: Tensor, output: readonly [number, number]): Tensor {
  checkOptions('adaptiveAveragePool', { output }, { output: sides(1) });
  checkImages('adaptiveAveragePool', x);
  const [height, width] = output;
  const [, rows = 0, columns = 0] = x.shape;
  if (height === 1 && width === 1) return spatialMean(x);
  if (rows % height === 0 && rows / height === columns / width) {
    const kernel = rows / height;
    return kernel === 1 ? x : averagePool(x, { kernel, stride: kernel });
  }
  return adaptAxis(adaptAxis(x, 1, height), 2, width);
}
