import { DataType } from '../../runtime/types.ts';
import { castOp, withType } from '../cast.ts';
import { FIRST_ADDED_ID, readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';

const { float: FLOAT32, bfloat16: BFLOAT16 } = DataType;

const PRODUCTS: readonly string[] = [
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'MatMul',
  'BatchMatMulV2',
];

const isBfloat16Product = (op: RecordedOp): boolean =>
  PRODUCTS.includes(op.name) && readAttribute(op, 'T') === BFLOAT16;

/** Rewrites ops one after another, and casts their tensors. */
class Caster {
  #next: number = FIRST_ADDED_ID.products;
  /** The float32 copies of tensors, by the ids of the tensors. */
  readonly #copies = new Map<number, TensorType>();

  rewrite(op: RecordedOp): RecordedOp[] {
    const isLow = ({ dtype }: TensorType): boolean => dtype === BFLOAT16;
    const widened = op.inputs.filter((input) => isLow(input) && !this.#copies.has(input.id));
    const before = widened.map((input) => castOp(input, this.#copyOf(input), op));
    const outputs = op.outputs.map((output) => (isLow(output) ? this.#float32(output) : output));
    const after = op.outputs.flatMap((output, i) => (isLow(output) ? [castOp(outputs[i]!, output, op)] : []));
    const inputs = op.inputs.map((input) => (isLow(input) ? this.#copyOf(input) : input));
    return [...before, { ...op, attributes: withType(op, FLOAT32), inputs, outputs }, ...after];
  }

  #float32 = ({ shape }: TensorType): TensorType => ({ id: this.#next++, shape, dtype: FLOAT32 });

  #copyOf(tensor: TensorType): TensorType {
    const copy = this.#copies.get(tensor.id) ?? this.#float32(tensor);
    this.#copies.set(tensor.id, copy);
    return copy;
  }
}

/** Whether a recording has products in bfloat16. */
export const hasLowProducts = ({ ops }: Recording): boolean => ops.some(isBfloat16Product);

/**
 * Computes the products in bfloat16 by float32's kernels: of the rounded tensors, with sums in float32 and a rounded result, as
 * processors and GPUs with bfloat16 do. It is for a CPU on which TensorFlow's kernels would sum in bfloat16, and have no gradient of a
 * grouped convolution.
 */
export function multiplyInFloat32(recording: Recording): Recording {
  const caster = new Caster();
  return {
    ...recording,
    ops: recording.ops.flatMap((op) => (isBfloat16Product(op) ? caster.rewrite(op) : [op])),
  };
}
