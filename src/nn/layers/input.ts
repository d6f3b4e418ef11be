import { DataType } from '../../runtime/types.ts';
import { annotate } from '../annotation.ts';
import { add, floats, int, integer, multiply, op, pad, type } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

const INPUT = { layer: 'input', direction: 'input' } as const;
const MAX_PIXEL = 255;

/** How pixels are normalized: (pixel / 255 - mean) / standardDeviation. */
export interface Normalization {
  /** Mean of each channel, for pixels scaled to 0..1. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of each channel, for pixels scaled to 0..1. */
  readonly standardDeviation: readonly [number, number, number];
}

/** Selects rows (axis 1) or columns (axis 2) of images [n, h, w, 3] by indices [n, k], which differ from image to image. */
const gather = (x: Tensor, indices: Tensor, axis: 1 | 2): Tensor =>
  op(
    'GatherV2',
    [
      type('Tparams', DataType.float),
      type('Tindices', DataType.int32),
      type('Taxis', DataType.int32),
      int('batch_dims', 1),
    ],
    [x, indices, integer(axis)],
  );

const normalize = (x: Tensor, { mean, standardDeviation }: Normalization): Tensor => {
  const scale = standardDeviation.map((deviation) => 1 / (MAX_PIXEL * deviation));
  const offset = mean.map((value, i) => -value / (standardDeviation[i] ?? 1));
  return add(multiply(x, floats(scale)), floats(offset));
};

/** Bytes [n, h, w, 3] as float32. */
const toFloat = (images: Tensor): Tensor =>
  op('Cast', [type('SrcT', DataType.uint8), type('DstT', DataType.float)], [images]);

/** The part of each image that the network sees. */
export interface Window {
  /** Zero pixels added on each side before the window is cropped. */
  readonly padding: number;
  /** Row indices in the padded image for each example, [n, input]; all rows if missing. */
  readonly rows?: Tensor;
  /** Column indices in the same form; in descending order for mirrored images. */
  readonly columns?: Tensor;
}

/** Pads, crops, mirrors and normalizes images uint8 [n, side, side, 3] to float32 [n, input, input, 3]. */
export function prepareImages(images: Tensor, window: Window, normalization: Normalization): Tensor {
  return annotate(INPUT, () => {
    const { padding, rows, columns } = window;
    const border = [0, padding, padding, 0];
    let x = toFloat(images);
    if (padding > 0) x = pad(x, border, border);
    if (rows) x = gather(x, rows, 1);
    if (columns) x = gather(x, columns, 2);
    return normalize(x, normalization);
  });
}
