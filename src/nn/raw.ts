import type { OpAttribute } from '../runtime/binding.ts';
import { AttributeType, DataType } from '../runtime/types.ts';
import { loadTensorFlow, nativeBackend } from '../runtime/tensorflow.ts';
import { refuseWithoutGradient } from './gradient-check.ts';
import type { Tensor } from './tensor.ts';

/** An attribute of a raw TensorFlow op with an integer or a list of integers, such as `int('strides', [1, 2, 2, 1])`. */
export const int = (name: string, value: number | readonly number[]): OpAttribute => ({
  name,
  type: AttributeType.int,
  value,
});

/** An attribute with a float. */
export const float = (name: string, value: number): OpAttribute => ({
  name,
  type: AttributeType.float,
  value,
});

/** An attribute with a boolean. */
export const bool = (name: string, value: boolean): OpAttribute => ({
  name,
  type: AttributeType.bool,
  value,
});

/** An attribute with a string. */
export const text = (name: string, value: string): OpAttribute => ({
  name,
  type: AttributeType.string,
  value,
});

/** An attribute with a type (TF_DataType). */
export const type = (name: string, value: number): OpAttribute => ({
  name,
  type: AttributeType.type,
  value,
});

/** The type attribute `T` with float32, which nearly every op has. */
export const T = type('T', DataType.float);

/** Executes one TensorFlow op with one output. */
export const op = (name: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor => {
  refuseWithoutGradient(name, inputs);
  return nativeBackend().executeSingleOutput(name, attributes, inputs);
};

/** A tuple of `Count` tensors; an array if the compiler does not know the number. */
type Tensors<Count extends number, Found extends Tensor[] = []> = number extends Count
  ? Tensor[]
  : Found['length'] extends Count
    ? Found
    : Tensors<Count, [...Found, Tensor]>;

/** Executes one TensorFlow op with several outputs. */
export const ops = <const Count extends number>(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Tensor[],
  outputs: Count,
): Tensors<Count> => {
  refuseWithoutGradient(name, inputs);
  return nativeBackend().executeMultipleOutputs(name, attributes, inputs, outputs) as Tensors<Count>;
};

/** A small constant of integers: shapes, axes, permutations. */
export const integers = (values: readonly number[]): Tensor => loadTensorFlow().tensor1d([...values], 'int32');

/** An integer constant of no dimension. */
export const integer = (value: number): Tensor => loadTensorFlow().scalar(value, 'int32');

/** A float constant of no dimension. */
export const scalar = (value: number): Tensor => loadTensorFlow().scalar(value, 'float32');

/** A small float constant of one dimension, such as the means of channels. */
export const floats = (values: readonly number[]): Tensor => loadTensorFlow().tensor1d([...values], 'float32');

/**
 * TensorFlow's fused momentum update. It is recorded as a function of (weight, momentum, learning rate, gradient, factor) that
 * returns the new weight and momentum. The graph updates the variables in place.
 */
export const MOMENTUM_OP = 'ResourceApplyMomentum';

/** Reshapes without a gradient, for use in kernels and gradients. One dimension may be -1: it is inferred. */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor =>
  op('Reshape', [T, type('Tshape', DataType.int32)], [x, integers(shape)]);

/** Broadcasts x to a shape, as NumPy does. */
export const broadcastTo = (x: Tensor, shape: readonly number[]): Tensor =>
  op('BroadcastTo', [T, type('Tidx', DataType.int32)], [x, integers(shape)]);

const reduction =
  (name: 'Sum' | 'Mean') =>
  (x: Tensor, axes: readonly number[], keepDimensions = false) =>
    op(name, [T, type('Tidx', DataType.int32), bool('keep_dims', keepDimensions)], [x, integers(axes)]);

/** The sum over axes. With `keepDimensions` they become dimensions of 1, otherwise they are removed. */
export const sum = reduction('Sum');

/** The mean over axes. With `keepDimensions` they become dimensions of 1, otherwise they are removed. */
export const mean = reduction('Mean');

/** a * b, broadcast as in NumPy. */
export const multiply = (a: Tensor, b: Tensor): Tensor => op('Mul', [T], [a, b]);

/** a + b, broadcast as in NumPy. */
export const add = (a: Tensor, b: Tensor): Tensor => op('AddV2', [T], [a, b]);

/** a - b, broadcast as in NumPy. */
export const subtract = (a: Tensor, b: Tensor): Tensor => op('Sub', [T], [a, b]);

/** `size[i]` elements along dimension i, from `begin[i]`. */
export const slice = (x: Tensor, begin: readonly number[], size: readonly number[]): Tensor =>
  op('Slice', [T, type('Index', DataType.int32)], [x, integers(begin), integers(size)]);

/** Every `steps[i]`-th element along dimension i, from the first: NumPy's `x[::s0, ::s1, ...]`. */
export const stridedSlice = (x: Tensor, steps: readonly number[]): Tensor =>
  op(
    'StridedSlice',
    [
      T,
      type('Index', DataType.int32),
      int('begin_mask', 0),
      int('end_mask', 0),
      int('ellipsis_mask', 0),
      int('new_axis_mask', 0),
      int('shrink_axis_mask', 0),
    ],
    [x, integers(x.shape.map(() => 0)), integers(x.shape), integers(steps)],
  );

/** Pads dimension i with `before[i]` and `after[i]` elements of `value`. */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor => {
  const paddings = loadTensorFlow().tensor2d(
    before.map((n, i) => [n, after[i] ?? 0]),
    [before.length, 2],
    'int32',
  );
  const attributes = [T, type('Tpaddings', DataType.int32)];
  return value === 0 ? op('Pad', attributes, [x, paddings]) : op('PadV2', attributes, [x, paddings, scalar(value)]);
};

/** Dimension i of the result is dimension `permutation[i]` of x. */
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor =>
  op('Transpose', [T, type('Tperm', DataType.int32)], [x, integers(permutation)]);

/** Concatenates along an axis. */
export const join = (parts: readonly Tensor[], axis: number): Tensor =>
  op('ConcatV2', [T, int('N', parts.length), type('Tidx', DataType.int32)], [...parts, integer(axis)]);

/** a / b, broadcast as in NumPy. */
export const divide = (a: Tensor, b: Tensor): Tensor => op('RealDiv', [T], [a, b]);

/** The square root of each element. */
export const squareRoot = (x: Tensor): Tensor => op('Sqrt', [T], [x]);

/** 1 where a < b, else 0, as float32. */
export const isLess = (a: Tensor, b: Tensor): Tensor =>
  op('Cast', [type('SrcT', DataType.bool), type('DstT', DataType.float)], [op('Less', [T], [a, b])]);

/** The matrix product of a [m, k] and b [k, n], float32. With `transposeA` a is [k, m], with `transposeB` b is [n, k]. */
export const matrixProduct = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: { readonly transposeA?: boolean; readonly transposeB?: boolean } = {},
): Tensor => op('MatMul', [T, bool('transpose_a', transposeA), bool('transpose_b', transposeB)], [a, b]);
