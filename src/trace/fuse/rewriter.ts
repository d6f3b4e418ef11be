import { type } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { readAttribute, type RecordedOp, type Recording, type TensorType } from '../recording.ts';

/** A fused op. It gets its layer and direction from the op that it replaces. */
export interface Fused {
  readonly name: string;
  readonly attributes?: readonly OpAttribute[];
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
}

/** Finds the ops of a recording by the tensors that they read and write, and replaces groups of them by fused ops. */
export class Rewriter {
  readonly recording: Recording;
  readonly #makers = new Map<number, RecordedOp>();
  readonly #readers = new Map<number, RecordedOp[]>();
  readonly #fetched: ReadonlySet<number>;
  /** The op that takes the place of each replaced op; undefined if the op is only removed. */
  readonly #replaced = new Map<RecordedOp, RecordedOp | undefined>();

  constructor(recording: Recording) {
    this.recording = recording;
    this.#fetched = new Set([...recording.outputs.values(), ...recording.updates.values()].map(({ id }) => id));
    for (const op of recording.ops) {
      for (const { id } of op.outputs) this.#makers.set(id, op);
      for (const id of new Set(op.inputs.map((input) => input.id))) {
        const readers = this.#readers.get(id);
        if (readers) readers.push(op);
        else this.#readers.set(id, [op]);
      }
    }
  }

  /** The op that makes a tensor, if it has one of these names and is not replaced yet. */
  maker(tensor: TensorType | undefined, ...names: readonly string[]): RecordedOp | undefined {
    const op = tensor && this.#makers.get(tensor.id);
    return op && names.includes(op.name) && !this.#replaced.has(op) ? op : undefined;
  }

  /** All ops that read a tensor. */
  readers(tensor: TensorType | undefined): readonly RecordedOp[] {
    return (tensor && this.#readers.get(tensor.id)) ?? [];
  }

  /** The only op that reads a tensor, if it has one of these names and the tensor is not fetched. */
  onlyReader(tensor: TensorType | undefined, ...names: readonly string[]): RecordedOp | undefined {
    const [op, ...others] = this.readers(tensor);
    if (!op || others.length > 0 || this.isFetched(tensor)) return undefined;
    return names.includes(op.name) && !this.#replaced.has(op) ? op : undefined;
  }

  /** Whether a tensor is an output or a new value of a variable. */
  isFetched(tensor: TensorType | undefined): boolean {
    return tensor !== undefined && this.#fetched.has(tensor.id);
  }

  /** Whether only these ops read a tensor, and it is not fetched. */
  isReadOnlyBy(tensor: TensorType | undefined, ops: readonly (RecordedOp | undefined)[]): boolean {
    return !this.isFetched(tensor) && this.readers(tensor).every((reader) => ops.includes(reader));
  }

  /** Replaces `at` by a fused op, and removes the others. */
  replace(at: RecordedOp, fused: Fused, others: readonly RecordedOp[] = []): void {
    for (const op of others) this.#replaced.set(op, undefined);
    const { layer, direction, mask } = at;
    this.#replaced.set(at, { attributes: [], ...fused, layer, direction, mask });
  }

  /** The recording with all replacements. */
  result(): Recording {
    const ops = this.recording.ops.flatMap((op) => {
      if (!this.#replaced.has(op)) return [op];
      const fused = this.#replaced.get(op);
      return fused ? [fused] : [];
    });
    return { ...this.recording, ops };
  }
}

/** Whether the op's attribute `T` is float32. */
export const isFloat = (op: RecordedOp): boolean => readAttribute(op, 'T') === DataType.float;

/** Whether the op's attribute `T` is a type in which own kernels store images. */
export const isStored = (op: RecordedOp): boolean => isFloat(op) || readAttribute(op, 'T') === DataType.bfloat16;

/** The attribute `T` of an own kernel whose images have the type of a tensor. */
export const storedAs = ({ dtype }: TensorType): OpAttribute => type('T', dtype);

/** Whether the op's images are [n, h, w, c]. */
export const isNhwc = (op: RecordedOp): boolean => readAttribute(op, 'data_format') === 'NHWC';

/** Whether two tensors have the same shape; false if one is missing. */
export const sameShape = (a: TensorType | undefined, b: TensorType | undefined): boolean =>
  a !== undefined && b !== undefined && a.shape.join() === b.shape.join();

/** The other input of an op with two inputs. */
export const otherInput = (op: RecordedOp, tensor: TensorType): TensorType | undefined =>
  op.inputs[0]?.id === tensor.id ? op.inputs[1] : op.inputs[0];

/** The names of TensorFlow's addition. */
export const ADDITIONS = ['Add', 'AddV2'] as const;
