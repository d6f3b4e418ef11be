import { int, T, type } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { type Constant, FIRST_ADDED_ID, type RecordedOp, type Recording, type TensorType } from '../recording.ts';

const { float: FLOAT32, int32: INT32 } = DataType;
const CHANNELS = 3;

/** The parts of a gradient of a grouped convolution that are split: inputs by their index, and the sizes of one group's result. */
interface Split {
  readonly groups: number;
  readonly parts: readonly number[];
  readonly sizes: { readonly input: number; readonly values: readonly number[] };
}

const perGroup = (shape: readonly number[], groups: number): number[] =>
  shape.map((size, axis) => (axis === CHANNELS ? size / groups : size));

/** How to split a gradient; undefined if the op is none, or its convolution has one group. */
function findSplit({ name, inputs, outputs }: RecordedOp): Split | undefined {
  const [first, second] = inputs;
  const [result] = outputs;
  if (!first || !second || !result) return undefined;
  if (name === 'Conv2DBackpropInput') {
    const groups = result.shape[CHANNELS]! / second.shape[CHANNELS - 1]!;
    const sizes = { input: 0, values: perGroup(result.shape, groups) };
    return groups > 1 ? { groups, parts: [1, 2], sizes } : undefined;
  }
  if (name !== 'Conv2DBackpropFilter') return undefined;
  const groups = first.shape[CHANNELS]! / result.shape[CHANNELS - 1]!;
  const sizes = { input: 1, values: perGroup(result.shape, groups) };
  return groups > 1 ? { groups, parts: [0, 2], sizes } : undefined;
}

class GroupSplitter {
  readonly constants: Map<number, Constant>;
  readonly #axis: Constant;
  #next: number = FIRST_ADDED_ID.groups;

  constructor({ constants }: Recording) {
    this.constants = new Map(constants);
    this.#axis = this.#constant([], Int32Array.of(CHANNELS));
  }

  rewrite(op: RecordedOp): RecordedOp[] {
    const split = findSplit(op);
    if (!split) return [op];
    const { groups, parts, sizes } = split;
    const add = (name: string, attributes: readonly OpAttribute[], inputs: TensorType[], outputs: TensorType[]) => ({
      ...{ name, attributes, inputs, outputs, layer: op.layer, direction: op.direction, mask: false },
    });
    const splits = parts.map((i) => {
      const outputs = Array.from({ length: groups }, () => this.#float32(perGroup(op.inputs[i]!.shape, groups)));
      return add('Split', [T, int('num_split', groups)], [this.#axis, op.inputs[i]!], outputs);
    });
    const size = this.#constant([sizes.values.length], Int32Array.from(sizes.values));
    const gradients = Array.from({ length: groups }, (_, group) => {
      const inputs = op.inputs.map((input, i) => splits[parts.indexOf(i)]?.outputs[group] ?? input);
      inputs[sizes.input] = size;
      return { ...op, inputs, outputs: [this.#float32(sizes.values)] };
    });
    const whole = [...gradients.map(({ outputs }) => outputs[0]!), this.#axis];
    const concat = add('ConcatV2', [T, int('N', groups), type('Tidx', INT32)], whole, [...op.outputs]);
    return [...splits, ...gradients, concat];
  }

  #float32 = (shape: readonly number[]): TensorType => ({ id: this.#next++, shape, dtype: FLOAT32 });

  #constant(shape: readonly number[], values: Int32Array): Constant {
    const constant = { id: this.#next++, shape, dtype: INT32, values };
    this.constants.set(constant.id, constant);
    return constant;
  }
}

/**
 * Splits each gradient of a grouped convolution into those of its groups, for a CPU without oneDNN: TensorFlow's own kernels do not
 * support groups. The recording must have no bfloat16 products.
 */
export function splitGroups(recording: Recording): Recording {
  const splitter = new GroupSplitter(recording);
  const ops = recording.ops.flatMap((op) => splitter.rewrite(op));
  return { ...recording, ops, constants: splitter.constants };
}
