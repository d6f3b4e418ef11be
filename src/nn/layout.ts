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
export function tensorflowShape(
  shape: readonly number[],
  layout: Layout,
  channels?: number,
): number[] {
  if (layout === 'same') return [...shape];
  const [out, input, height, width] = four(shape);
  if (layout === 'convolution') return [height, width, input, out];
  const groups = channels ?? out;
  return [height, width, groups, out / groups];
}

/** Values from PyTorch's order to TensorFlow's. */
export function toTensorflow(
  values: Float32Array,
  shape: readonly number[],
  layout: Layout,
): Float32Array {
  if (layout === 'same') return values;
  return permute(
    values,
    shape,
    (o, i, y, x, [out, input, , width]) => ((y * width + x) * input + i) * out + o,
  );
}

/** Values from TensorFlow's order to PyTorch's; `shape` is PyTorch's. */
export function toPyTorch(
  values: Float32Array,
  shape: readonly number[],
  layout: Layout,
): Float32Array {
  if (layout === 'same') return values;
  const [out, input, height, width] = four(shape);
  const result = new Float32Array(values.length);
  let at = 0;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < input; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          result[at++] = values[((y * width + x) * input + i) * out + o] ?? 0;
  return result;
}

type Target = (
  o: number,
  i: number,
  y: number,
  x: number,
  dimensions: [number, number, number, number],
) => number;

function permute(values: Float32Array, shape: readonly number[], target: Target): Float32Array {
  const dimensions = four(shape);
  const [out, input, height, width] = dimensions;
  const result = new Float32Array(values.length);
  let at = 0;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < input; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) result[target(o, i, y, x, dimensions)] = values[at++] ?? 0;
  return result;
}
