/**
 * How TensorFlow's layout of a tensor differs from PyTorch's: not at all (`same`), `convolution` [out, in, h, w] ->
 * [h, w, in, out], or `depthwise` [c * m, 1, h, w] -> [h, w, c, m].
 */
export type Layout = 'same' | 'convolution' | 'depthwise';

const toFour = (shape: readonly number[]): [number, number, number, number] => {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  return [a, b, c, d];
};

/** Converts a tensor's shape from PyTorch's to TensorFlow's. A depthwise filter needs its number of input `channels`. */
export function tensorflowShape(shape: readonly number[], layout: Layout, channels?: number): number[] {
  if (layout === 'same') return [...shape];
  const [out, input, height, width] = toFour(shape);
  if (layout === 'convolution') return [height, width, input, out];
  const groups = channels ?? out;
  return [height, width, groups, out / groups];
}

/** Visits each value of a tensor [out, in, h, w]: its index in PyTorch's order and in TensorFlow's [h, w, in, out]. */
function forEachIndex(shape: readonly number[], visit: (pytorch: number, tensorflow: number) => void): void {
  const [out, input, height, width] = toFour(shape);
  let pytorch = 0;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < input; i++)
      for (let pixel = 0; pixel < height * width; pixel++) visit(pytorch++, (pixel * input + i) * out + o);
}

/** Reorders values from PyTorch's layout to TensorFlow's; `shape` is PyTorch's. */
export function toTensorflow(values: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  if (layout === 'same') return values;
  const result = new Float32Array(values.length);
  forEachIndex(shape, (pytorch, tensorflow) => {
    result[tensorflow] = values[pytorch]!;
  });
  return result;
}

/** Reorders values from TensorFlow's layout to PyTorch's; `shape` is PyTorch's. */
export function toPyTorch(values: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  if (layout === 'same') return values;
  const result = new Float32Array(values.length);
  forEachIndex(shape, (pytorch, tensorflow) => {
    result[pytorch] = values[tensorflow]!;
  });
  return result;
}
