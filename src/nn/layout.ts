/**
 * How a tensor lies in TensorFlow, against PyTorch:
 * `same`; `convolution` [out, in, h, w] -> [h, w, in, out]; `depthwise` [c * m, 1, h, w] -> [h, w, c, m].
 */
export type Layout = 'same' | 'convolution' | 'depthwise';

const four = (shape: readonly number[]): [number, number, number, number] => {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  return [a, b, c, d];
};

/** The shape in TensorFlow of a tensor with this shape in PyTorch. `groups` of a depthwise filter = its channels. */
export function tensorflowShape(shape: readonly number[], layout: Layout, channels?: number): number[] {
  if (layout === 'same') return [...shape];
  const [out, input, height, width] = four(shape);
  if (layout === 'convolution') return [height, width, input, out];
  const groups = channels ?? out;
  return [height, width, groups, out / groups];
}

/** Where each value of a [out, in, h, w] tensor lies in PyTorch's order and in TensorFlow's [h, w, in, out]. */
function forEachPlace(shape: readonly number[], visit: (pytorch: number, tensorflow: number) => void): void {
  const [out, input, height, width] = four(shape);
  let pytorch = 0;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < input; i++)
      for (let pixel = 0; pixel < height * width; pixel++) visit(pytorch++, (pixel * input + i) * out + o);
}

/** Values from PyTorch's order to TensorFlow's; `shape` is PyTorch's. */
export function toTensorflow(values: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  if (layout === 'same') return values;
  const result = new Float32Array(values.length);
  forEachPlace(shape, (pytorch, tensorflow) => {
    result[tensorflow] = values[pytorch]!;
  });
  return result;
}

/** Values from TensorFlow's order to PyTorch's; `shape` is PyTorch's. */
export function toPyTorch(values: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  if (layout === 'same') return values;
  const result = new Float32Array(values.length);
  forEachPlace(shape, (pytorch, tensorflow) => {
    result[pytorch] = values[tensorflow]!;
  });
  return result;
}
