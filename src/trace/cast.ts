import { type } from '../nn/raw.ts';
import type { OpAttribute } from '../runtime/binding.ts';
import type { RecordedOp, TensorType } from './recording.ts';

/** The op that converts a tensor to another type. It belongs to the layer and direction of `user`. */
export const castOp = (
  from: TensorType,
  to: TensorType,
  { layer, direction }: Pick<RecordedOp, 'layer' | 'direction'>,
): RecordedOp => ({
  name: 'Cast',
  attributes: [type('SrcT', from.dtype), type('DstT', to.dtype)],
  inputs: [from],
  outputs: [to],
  layer,
  direction,
  mask: false,
});

/** The attributes of an op for another type `T`; an op without this attribute keeps its attributes. */
export const withType = ({ attributes }: Pick<RecordedOp, 'attributes'>, dtype: number): OpAttribute[] =>
  attributes.map((attribute) => (attribute.name === 'T' ? { ...attribute, value: dtype } : attribute));
