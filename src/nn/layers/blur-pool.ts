import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import { broadcastTo, floats, int, integers, op, reshape, T, text } from '../raw.ts';
import type { Tensor } from '../tensor.ts';
import { checkImages } from './check-input.ts';
import { checkOptions, whole } from './check-options.ts';
import { reflectPad } from './padding.ts';

/** The row of Pascal's triangle with `size` numbers, such as 1, 3, 3, 1. */
const binomials = (size: number): number[] =>
  Array.from({ length: size - 1 }).reduce<number[]>(
    (row) => [...row, 0].map((value, i) => value + (row[i - 1] ?? 0)),
    [1],
  );

/** A depthwise filter [size, size, channels, 1]: in each channel the outer product of the row with itself, divided by its sum. */
function blurFilter(size: number, channels: number): Tensor {
  const row = binomials(size);
  const total = row.reduce((sum, value) => sum + value, 0) ** 2;
  const values = row.flatMap((y) => row.map((x) => (x * y) / total));
  return broadcastTo(reshape(floats(values), [size, size, 1, 1]), [size, size, channels, 1]);
}

interface Blur {
  readonly size: number;
  readonly stride: number;
  readonly inputShape: readonly number[];
}

const windowAttributes = ({ stride }: Blur) => [
  T,
  int('strides', [1, stride, stride, 1]),
  text('padding', 'VALID'),
  int('explicit_paddings', []),
  int('dilations', [1, 1, 1, 1]),
  text('data_format', 'NHWC'),
];

const blur = defineOp({
  name: 'Blur',
  inputs: ['x'],
  forward: ({ x }, window: Blur) =>
    op('DepthwiseConv2dNative', windowAttributes(window), [x, blurFilter(window.size, x.shape[3] ?? 0)]),
  gradient: ({ dy }, window) => ({
    x: () => {
      const filter = blurFilter(window.size, window.inputShape[3] ?? 0);
      const inputs = [integers(window.inputShape), filter, dy];
      return op('DepthwiseConv2dNativeBackpropInput', windowAttributes(window), inputs);
    },
  }),
});

/**
 * Blurs images with binomial weights and takes every `stride`-th pixel, [n, h, w, c] -> [n, ceil(h / stride), ceil(w / stride), c]:
 * BlurPool with reflected borders (Zhang 2019, arXiv 1904.11486; antialiased-cnns). The filter is not trained.
 * @throws UserError exit code 78 if the options are invalid, or the image is too small to be padded by its reflection.
 */
export function blurPool(x: Tensor, options: { readonly size: number; readonly stride: number }): Tensor {
  checkOptions('blurPool', options, { size: whole(1), stride: whole(1) });
  checkImages('blurPool', x);
  const { size, stride } = options;
  const border = { before: Math.floor((size - 1) / 2), after: Math.ceil((size - 1) / 2) };
  const [, height = 0, width = 0] = x.shape;
  if (Math.min(height, width) <= border.after)
    throw configError(
      `a blur of ${size} pixels does not fit images of ${height} x ${width} pixels: use a larger input size or a smaller blur`,
    );
  const padded = reflectPad(x, border);
  return blur({ x: padded }, { size, stride, inputShape: padded.shape });
}
