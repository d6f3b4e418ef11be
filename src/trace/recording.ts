import type { Direction } from '../nn/annotation.ts';
import type { OpAttribute } from '../runtime/binding.ts';

/** Recorded tensors are numbered from here: far above any id that the native binding gives out. */
export const FIRST_ID = 2 ** 40;

/** What is known of a tensor without its values. */
export interface TensorType {
  readonly id: number;
  readonly shape: readonly number[];
  /** TF_DataType. */
  readonly dtype: number;
}

export interface RecordedOp {
  /** TensorFlow's op: Conv2D, FusedBatchNormGradV3, ... */
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Path of the layer it belongs to. */
  readonly layer: string;
  readonly direction: Direction;
  /** Part of a random mask (dropout). */
  readonly mask: boolean;
}

export type ConstantValues = Float32Array | Int32Array | Uint8Array;

export interface Constant extends TensorType {
  readonly values: ConstantValues;
}

/** A tensor that is fed: a image, a label, or a variable's value before the step. */
export interface Placeholder extends TensorType {
  readonly name: string;
}

/** One run of a function as the ops it executed, in order, with every shape known. */
export interface Recording {
  /** Fed anew with every run. */
  readonly feeds: readonly Placeholder[];
  /** State before the run, by its name. */
  readonly variables: readonly Placeholder[];
  readonly constants: ReadonlyMap<number, Constant>;
  readonly ops: readonly RecordedOp[];
  /** What is fetched, by name. */
  readonly outputs: ReadonlyMap<string, TensorType>;
  /** New values of variables, by name; those that keep theirs are absent. */
  readonly updates: ReadonlyMap<string, TensorType>;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A recording without the ops that nothing asked for: what TensorFlow runs, and so what is counted. */
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

/** An integer (or list) attribute; undefined where the op lacks it. */
export function attributeOf(
  op: { readonly attributes: readonly OpAttribute[] },
  name: string,
): OpAttribute['value'] | undefined {
  return op.attributes.find((attribute) => attribute.name === name)?.value;
}
