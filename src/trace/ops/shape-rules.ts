import type { OpAttribute } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { readAttribute, type Constant, type TensorType } from '../recording.ts';
import { formatShape } from '../../base/text/shape.ts';

/** An op before its execution. Inputs that are constants have values. */
export interface Call {
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly (TensorType | Constant)[];
  /** The number of outputs. */
  readonly outputs: number;
}

/** The type of an output. */
export interface Inferred {
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** Infers the shapes and types of an op's outputs from its inputs and attributes. */
export type Rule = (call: Call) => Inferred[];

function inputAt({ name, inputs }: Call, index: number): TensorType {
  const input = inputs[index];
  if (!input) throw new TypeError(`${name} has no input ${index}`);
  return input;
}

function valuesAt(call: Call, index: number): number[] {
  const input = inputAt(call, index);
  if (!('values' in input)) throw new TypeError(`${call.name}: input ${index} must be a constant while it is recorded`);
  return Array.from((input as Constant).values);
}

const readIntegers = (call: Call, attribute: string): number[] => {
  const value = readAttribute(call, attribute);
  return Array.isArray(value) ? (value as number[]) : [];
};

/** @throws RangeError if two shapes do not fit together: TensorFlow would refuse the op when it runs. */
function requireFit(fits: boolean, call: Call, reason: string): void {
  if (fits) return;
  const shapes = call.inputs.filter((input) => !('values' in input)).map(({ shape }) => formatShape(shape));
  const subject = shapes.length === 1 ? `the shape ${shapes[0]!} does` : `the shapes ${shapes.join(' and ')} do`;
  throw new RangeError(`${call.name}: ${subject} not fit: ${reason}`);
}

/** The output has the shape and type of an input. */
export const like =
  (index: number): Rule =>
  (call) => [{ shape: inputAt(call, index).shape, dtype: inputAt(call, index).dtype }];

/** One element per channel: a vector as long as the last dimension of an input. */
export const channelVector =
  (index: number): Rule =>
  (call) => [{ shape: [inputAt(call, index).shape.at(-1) ?? 0], dtype: inputAt(call, index).dtype }];

/** The output has the shape that a constant input contains, and the type of another input. */
export const shapeFrom =
  (shapeIndex: number, typeIndex: number): Rule =>
  (call) => [{ shape: valuesAt(call, shapeIndex), dtype: inputAt(call, typeIndex).dtype }];

/** NumPy's broadcasting, https://numpy.org/doc/stable/user/basics.broadcasting.html */
function broadcast(name: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new RangeError(`${name}: the shapes ${formatShape(a)} and ${formatShape(b)} cannot be broadcast together`);
    return x === 1 ? y : x;
  });
}

/** Two inputs, broadcast. The output has the type `dtype`, by default that of the first input. */
export const binary =
  (dtype?: number): Rule =>
  (call) => {
    const [a, b] = [inputAt(call, 0), inputAt(call, 1)];
    return [{ shape: broadcast(call.name, a.shape, b.shape), dtype: dtype ?? a.dtype }];
  };

/** The number of windows: ceil(size / stride) for SAME, otherwise floor((size + paddings - window) / stride) + 1. */
function windowOutput(call: Call, size: number, window: number, dimension: 1 | 2): number {
  const stride = readIntegers(call, 'strides')[dimension] ?? 1;
  const paddings = readIntegers(call, 'explicit_paddings');
  if (readAttribute(call, 'padding') === 'SAME') return Math.ceil(size / stride);
  const padding = (paddings[2 * dimension] ?? 0) + (paddings[2 * dimension + 1] ?? 0);
  return Math.floor((size + padding - window) / stride) + 1;
}

/** Images [n, h, w, c] and a filter [kh, kw, c, m]: the output has m channels, or c * m if depthwise. */
export const convolution =
  (depthwise: boolean): Rule =>
  (call) => {
    const [n = 0, h = 0, w = 0, channels = 0] = inputAt(call, 0).shape;
    const [kh = 0, kw = 0, c = 0, m = 0] = inputAt(call, 1).shape;
    const fits = depthwise ? channels === c : channels % c === 0 && m % (channels / c) === 0;
    requireFit(fits, call, 'expected images [n, h, w, c] and a filter [kh, kw, c / groups, m]');
    const height = windowOutput(call, h, kh, 1);
    const width = windowOutput(call, w, kw, 2);
    return [{ shape: [n, height, width, depthwise ? c * m : m], dtype: inputAt(call, 0).dtype }];
  };

/** Images [n, h, w, c]: one output pixel per window. */
export const pool: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const [, kh = 0, kw = 0] = readIntegers(call, 'ksize');
  return [{ shape: [n, windowOutput(call, h, kh, 1), windowOutput(call, w, kw, 2), c], dtype }];
};

/** The product of two matrices, each of which an attribute may transpose. */
export const matrixProduct: Rule = (call) => {
  const [a = 0, b = 0] = inputAt(call, 0).shape;
  const [c = 0, d = 0] = inputAt(call, 1).shape;
  const [rows, inner] = readAttribute(call, 'transpose_a') === true ? [b, a] : [a, b];
  const [columns, innerOfSecond] = readAttribute(call, 'transpose_b') === true ? [c, d] : [d, c];
  requireFit(inner === innerOfSecond, call, 'expected as many columns in the first matrix as rows in the second');
  return [{ shape: [rows, columns], dtype: inputAt(call, 0).dtype }];
};

/** Products of matrices in the last two dimensions; the leading dimensions are broadcast. */
export const batchedProduct: Rule = (call) => {
  const { shape: a, dtype } = inputAt(call, 0);
  const { shape: b } = inputAt(call, 1);
  const [rows = 0, inner] = readAttribute(call, 'adj_x') === true ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
  const [columns = 0, innerOfSecond] =
    readAttribute(call, 'adj_y') === true ? [b.at(-2), b.at(-1)] : [b.at(-1), b.at(-2)];
  requireFit(inner === innerOfSecond, call, 'expected as many columns in the first matrices as rows in the second');
  return [{ shape: [...broadcast(call.name, a.slice(0, -2), b.slice(0, -2)), rows, columns], dtype }];
};

/** A sum or mean over the axes that the second input contains. */
export const reduction: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const axes = new Set(valuesAt(call, 1).map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const keep = readAttribute(call, 'keep_dims') === true;
  return [
    {
      shape: keep ? shape.map((n, i) => (axes.has(i) ? 1 : n)) : shape.filter((_, i) => !axes.has(i)),
      dtype,
    },
  ];
};

/** The second input contains the shape; a dimension of -1 is inferred. */
export const reshape: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const target = valuesAt(call, 1);
  const size = shape.reduce((a, b) => a * b, 1);
  const known = target.filter((n) => n >= 0).reduce((a, b) => a * b, 1);
  const result = target.map((n) => (n < 0 ? size / known : n));
  const fits = result.every(Number.isSafeInteger) && result.reduce((a, b) => a * b, 1) === size;
  requireFit(fits, call, `expected a shape with ${size} elements, not ${formatShape(target)}`);
  return [{ shape: result, dtype }];
};

/** The second input contains the permutation. */
export const transpose: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const order = valuesAt(call, 1);
  const fits = order.length === shape.length && shape.every((_, i) => order.includes(i));
  requireFit(fits, call, `expected each of the ${shape.length} dimensions once, not ${formatShape(order)}`);
  return [{ shape: order.map((i) => shape[i]!), dtype }];
};

/** Parts joined along the axis in the last input. */
export const concat: Rule = (call) => {
  const last = call.inputs.length - 1;
  const [axis = 0] = valuesAt(call, last);
  const parts = call.inputs.slice(0, last);
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  const { shape, dtype } = inputAt(call, 0);
  const fits = ({ shape: other }: TensorType) =>
    other.length === shape.length && shape.every((n, i) => i === axis || n === other[i]);
  requireFit(parts.every(fits), call, `expected the same sizes in all dimensions except ${axis}`);
  return [{ shape: shape.map((n, i) => (i === axis ? total : n)), dtype }];
};

/** Equal parts along the axis in the first input. */
export const split: Rule = (call) => {
  const [axis = 0] = valuesAt(call, 0);
  const { shape, dtype } = inputAt(call, 1);
  const part = shape.map((n, i) => (i === axis ? n / call.outputs : n));
  requireFit(part.every(Number.isSafeInteger), call, `expected a dimension ${axis} of ${call.outputs} equal parts`);
  return Array.from({ length: call.outputs }, () => ({ shape: part, dtype }));
};

/** The second input contains the numbers of elements that are added before and after each dimension. */
export const pad: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const paddings = valuesAt(call, 1);
  return [{ shape: shape.map((n, i) => n + (paddings[2 * i] ?? 0) + (paddings[2 * i + 1] ?? 0)), dtype }];
};

/** The second input contains the numbers of elements that are removed before and after each dimension. */
export const unpad: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const paddings = valuesAt(call, 1);
  return [{ shape: shape.map((n, i) => n - (paddings[2 * i] ?? 0) - (paddings[2 * i + 1] ?? 0)), dtype }];
};

/** The second, third and fourth input contain begin, end and step of each dimension. */
export const stridedSlice: Rule = (call) => {
  const [begin, end, steps] = [valuesAt(call, 1), valuesAt(call, 2), valuesAt(call, 3)];
  const length = (i: number) => Math.ceil(((end[i] ?? 0) - (begin[i] ?? 0)) / (steps[i] ?? 1));
  return [{ shape: begin.map((_, i) => length(i)), dtype: inputAt(call, 0).dtype }];
};

/** The output has the type of the attribute `DstT`. */
export const cast: Rule = (call) => [{ shape: inputAt(call, 0).shape, dtype: Number(readAttribute(call, 'DstT')) }];

/** Batch norm: the output, then mean, variance and three results for the gradient with one element per channel. */
export const norm: Rule = (call) => {
  const x = inputAt(call, 0);
  const channels = [x.shape[3] ?? 0];
  const vectors = Array.from({ length: 5 }, () => ({ shape: channels, dtype: x.dtype }));
  // The last result is empty without cuDNN; nothing reads its shape.
  return [{ shape: x.shape, dtype: x.dtype }, ...vectors];
};

/** Gradient of a batch norm: the gradients of images, scale and offset, then two empty outputs. */
export const normGradient: Rule = (call) => {
  const x = inputAt(call, 0);
  const channels = { shape: [x.shape[3] ?? 0], dtype: x.dtype };
  const empty = { shape: [0], dtype: x.dtype };
  return [{ shape: x.shape, dtype: x.dtype }, channels, channels, empty, empty];
};

/** The loss per example, and the gradient of the logits [n, classes]. */
export const crossEntropy: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  return [
    { shape: [shape[0] ?? 0], dtype },
    { shape, dtype },
  ];
};

/** Adds a last dimension of the size in the second input. The output has the type of the third. */
export const oneHot: Rule = (call) => {
  const [depth = 0] = valuesAt(call, 1);
  return [{ shape: [...inputAt(call, 0).shape, depth], dtype: inputAt(call, 2).dtype }];
};

/** The k largest values of each row, and their positions. */
export const topK: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const [k = 0] = valuesAt(call, 1);
  const top = [...shape.slice(0, -1), k];
  return [
    { shape: top, dtype },
    { shape: top, dtype: DataType.int32 },
  ];
};

/** Gathers along `axis`; the first `batch_dims` dimensions of values and indices correspond. */
export const gather: Rule = (call) => {
  const { shape, dtype } = inputAt(call, 0);
  const indices = inputAt(call, 1).shape;
  const [axis = 0] = valuesAt(call, 2);
  const batch = Number(readAttribute(call, 'batch_dims') ?? 0);
  return [{ shape: [...shape.slice(0, axis), ...indices.slice(batch), ...shape.slice(axis + 1)], dtype }];
};

/** Random numbers of the shape in the first input. */
export const random: Rule = (call) => [{ shape: valuesAt(call, 0), dtype: DataType.float }];

/** A scalar of the type of the first input. */
export const scalarLike: Rule = (call) => [{ shape: [], dtype: inputAt(call, 0).dtype }];
