import type { Direction } from '../nn/annotation.ts';
import type { OpAttribute } from '../runtime/binding.ts';
import { DataType } from '../runtime/types.ts';

/** The first id of recorded tensors: far above the ids of the native binding. */
export const FIRST_ID = 2 ** 40;

/** The first id of the tensors that each rewriting of a recording adds. The ranges do not overlap. */
export const FIRST_ADDED_ID = {
  images: 2 * FIRST_ID,
  pointwise: 3 * FIRST_ID,
  channels: 4 * FIRST_ID,
  products: 8 * FIRST_ID,
  groups: 12 * FIRST_ID,
  casts: 16 * FIRST_ID,
  batchNorms: 32 * FIRST_ID,
} as const;

/** A tensor without its values. */
export interface TensorType {
  readonly id: number;
  readonly shape: readonly number[];
  /** TensorFlow's TF_DataType, as in `DataType`. */
  readonly dtype: number;
}

/** One executed op. */
export interface RecordedOp {
  /** Name of the TensorFlow op: Conv2D, FusedBatchNormGradV3, ... */
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Path of its layer, as in the state dict; empty if it belongs to none. */
  readonly layer: string;
  readonly direction: Direction;
  /** Whether the op creates or applies a random mask (dropout). */
  readonly mask: boolean;
}

export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** A tensor that is part of the graph: shapes, axes, factors. */
export interface Constant extends TensorType {
  readonly values: ConstantValues;
}

/** An input tensor: a feed (images, labels), or the value of a variable before the step. */
export interface Placeholder extends TensorType {
  readonly name: string;
}

/** One execution of a function: the list of its ops in order, with the shape of every tensor. */
export interface Recording {
  /** Inputs of each execution. */
  readonly feeds: readonly Placeholder[];
  /** The variables' values before the execution. */
  readonly variables: readonly Placeholder[];
  /** By id. */
  readonly constants: ReadonlyMap<number, Constant>;
  readonly ops: readonly RecordedOp[];
  /** The fetched tensors, by name. */
  readonly outputs: ReadonlyMap<string, TensorType>;
  /** New values of variables, by name; variables that do not change are missing. */
  readonly updates: ReadonlyMap<string, TensorType>;
}

/** Bytes of a tensor of float32, int32 or bfloat16. */
export const byteCount = ({ shape, dtype }: TensorType): number =>
  (dtype === DataType.bfloat16 ? 2 : 4) * elementCount(shape);

/** The number format of the factors that a product multiplies. */
export const factorFormat = ({ attributes }: RecordedOp): 'float32' | 'bfloat16' =>
  readAttribute({ attributes }, 'T') === DataType.bfloat16 ? 'bfloat16' : 'float32';

/** The number of elements of a tensor. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Removes the ops and constants that no output or update needs: TensorFlow does not run them, so they must not be counted. */
export function prune(recording: Recording): Recording {
  const needed = new Set<number>();
  for (const { id } of [...recording.outputs.values(), ...recording.updates.values()]) needed.add(id);
  const kept: RecordedOp[] = [];
  for (const op of recording.ops.toReversed()) {
    if (!op.outputs.some(({ id }) => needed.has(id))) continue;
    kept.push(op);
    for (const { id } of op.inputs) needed.add(id);
  }
  const constants = new Map([...recording.constants].filter(([id]) => needed.has(id)));
  return { ...recording, ops: kept.reverse(), constants };
}

/** The value of an attribute; undefined if the op does not have it. */
export function readAttribute(
  op: { readonly attributes: readonly OpAttribute[] },
  name: string,
): OpAttribute['value'] | undefined {
  return op.attributes.find((attribute) => attribute.name === name)?.value;
}
