import { bool, type } from '../../nn/raw.ts';
import { DataType } from '../../runtime/types.ts';
import {
  type Constant,
  elementCount,
  FIRST_ADDED_ID,
  readAttribute,
  type RecordedOp,
  type Recording,
  type TensorType,
} from '../recording.ts';
import { isNhwc, isStored, storedAs } from './rewriter.ts';

const NAMES = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];

/** Whether a convolution is a matrix product: a window of one pixel, stride 1 and one group. */
function isPointwise(op: RecordedOp): boolean {
  if (!NAMES.includes(op.name) || !isStored(op) || !isNhwc(op)) return false;
  const strides = readAttribute(op, 'strides');
  if (!Array.isArray(strides) || strides.some((stride) => stride !== 1)) return false;
  const filter = op.name === 'Conv2DBackpropFilter' ? op.outputs[0] : op.inputs[1];
  const image = op.name === 'Conv2DBackpropInput' ? op.outputs[0] : op.inputs[0];
  const [height, width, inputs] = filter?.shape ?? [];
  return height === 1 && width === 1 && inputs === image?.shape[3];
}

/** Replaces convolutions with a window of one pixel by matrix products. */
export function fusePointwise(recording: Recording): Recording {
  const constants = new Map(recording.constants);
  const ops: RecordedOp[] = [];
  let next = FIRST_ADDED_ID.pointwise;
  const shapes = new Map<string, Constant>();
  const shapeConstant = (shape: readonly number[]): Constant => {
    const known = shapes.get(shape.join());
    if (known) return known;
    const constant = { id: next++, shape: [shape.length], dtype: DataType.int32, values: Int32Array.from(shape) };
    constants.set(constant.id, constant);
    shapes.set(shape.join(), constant);
    return constant;
  };
  const reshaped = (like: RecordedOp, x: TensorType, shape: readonly number[], output?: TensorType): TensorType => {
    const y = output ?? { id: next++, shape, dtype: x.dtype };
    const attributes = [storedAs(x), type('Tshape', DataType.int32)];
    ops.push({ ...like, name: 'Reshape', attributes, inputs: [x, shapeConstant(shape)], outputs: [y] });
    return y;
  };
  const matrix = (like: RecordedOp, x: TensorType): TensorType => {
    const columns = x.shape.at(-1) ?? 1;
    return reshaped(like, x, [elementCount(x.shape) / columns, columns]);
  };
  for (const op of recording.ops) {
    if (!isPointwise(op)) {
      ops.push(op);
      continue;
    }
    const [first, second] = op.name === 'Conv2D' ? [0, 1] : op.name === 'Conv2DBackpropInput' ? [2, 1] : [0, 2];
    const [a, b] = [matrix(op, op.inputs[first]!), matrix(op, op.inputs[second]!)];
    const y = op.outputs[0]!;
    const attributes = [
      storedAs(y),
      bool('transpose_a', op.name === 'Conv2DBackpropFilter'),
      bool('transpose_b', op.name === 'Conv2DBackpropInput'),
    ];
    const columns = y.shape.at(-1)!;
    const product = { id: next++, shape: [elementCount(y.shape) / columns, columns], dtype: y.dtype };
    ops.push({ ...op, name: 'MatMul', attributes, inputs: [a, b], outputs: [product] });
    reshaped(op, product, y.shape, y);
  }
  return { ...recording, ops, constants };
}
