import { bool, int, type } from '../../src/nn/raw.ts';
import type { OpAttribute } from '../../src/runtime/binding.ts';
import { AttributeType, DataType } from '../../src/runtime/types.ts';
import {
  readAttribute,
  type Constant,
  type Placeholder,
  type RecordedOp,
  type Recording,
  elementCount,
  type TensorType,
} from '../../src/trace/recording.ts';

/** TF_DOUBLE */
const DOUBLE = 2;
/** Suffix of a second feed or variable with the rounding error of float32; both are added in float64. */
export const REST = '.rest';

const T = type('T', DOUBLE);
const INDEX = type('Tidx', DataType.int32);

/** Rewrites a recording with the same ops in float64. Batch norms become several ops, because their kernels support only float32. */
class Doubler {
  readonly feeds: Placeholder[] = [];
  readonly variables: Placeholder[] = [];
  readonly constants = new Map<number, Constant>();
  readonly ops: RecordedOp[] = [];
  readonly #doubled = new Map<number, TensorType>();
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  #type(shape: readonly number[], dtype = DOUBLE): TensorType {
    return { id: this.#next++, shape, dtype };
  }

  /** The float64 tensor that replaces a recorded tensor; integer tensors stay the same. */
  toDouble(tensor: TensorType): TensorType {
    return this.#doubled.get(tensor.id) ?? tensor;
  }

  op(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorType[],
    shape: readonly number[],
  ): TensorType {
    const output = this.#type(shape);
    const outputs = [output];
    const place = { layer: '', direction: 'forward', mask: false } as const;
    this.ops.push({ name, attributes, inputs, outputs, ...place });
    return output;
  }

  cast(tensor: TensorType, from: number, to: number): TensorType {
    const attributes = [type('SrcT', from), type('DstT', to)];
    const output = this.op('Cast', attributes, [tensor], tensor.shape);
    return Object.assign(output, { dtype: to });
  }

  #double = (tensor: TensorType): TensorType => this.cast(tensor, DataType.float, DOUBLE);

  /** Declares a feed or variable; one of float32 becomes the sum of two. */
  declare(list: Placeholder[], placeholder: Placeholder): void {
    list.push(placeholder);
    if (placeholder.dtype !== DataType.float) return;
    const rest = { ...this.#type(placeholder.shape, DataType.float), name: placeholder.name + REST };
    list.push(rest);
    const sum = this.#binary('AddV2', this.#double(placeholder), this.#double(rest));
    this.#doubled.set(placeholder.id, sum);
  }

  constant(constant: Constant): void {
    this.constants.set(constant.id, constant);
    if (constant.dtype === DataType.float) this.#doubled.set(constant.id, this.#double(constant));
  }

  #integers(values: readonly number[]): TensorType {
    const tensor = this.#type([values.length], DataType.int32);
    this.constants.set(tensor.id, { ...tensor, values: Int32Array.from(values) });
    return tensor;
  }

  #number(value: number): TensorType {
    const tensor = this.#type([], DataType.float);
    this.constants.set(tensor.id, { ...tensor, values: Float32Array.of(value) });
    return this.#double(tensor);
  }

  #binary(name: string, a: TensorType, b: TensorType): TensorType {
    return this.op(name, [T], [a, b], elementCount(a.shape) >= elementCount(b.shape) ? a.shape : b.shape);
  }

  #overImages(name: 'Mean' | 'Sum', x: TensorType): TensorType {
    const attributes = [T, INDEX, bool('keep_dims', false)];
    return this.op(name, attributes, [x, this.#integers([0, 1, 2])], [x.shape[3] ?? 0]);
  }

  /** x - mean and 1 / sqrt(variance + epsilon) of a batch norm. */
  #centre(op: RecordedOp, x: TensorType, mean: TensorType, variance: TensorType) {
    const epsilon = this.#number(Number(readAttribute(op, 'epsilon')));
    const shifted = this.#binary('AddV2', variance, epsilon);
    return {
      centred: this.#binary('Sub', x, mean),
      inverse: this.op('Rsqrt', [T], [shifted], variance.shape),
    };
  }

  #statistics(x: TensorType) {
    const mean = this.#overImages('Mean', x);
    const centred = this.#binary('Sub', x, mean);
    const variance = this.#overImages('Mean', this.#binary('Mul', centred, centred));
    return { mean, variance };
  }

  /** FusedBatchNormV3: x, scale, offset, mean, variance. */
  norm(op: RecordedOp): void {
    const [x, scale, offset, mean, variance] = op.inputs.map((input) => this.toDouble(input));
    const training = readAttribute(op, 'is_training') === true;
    const used = training ? this.#statistics(x!) : { mean: mean!, variance: variance! };
    const { centred, inverse } = this.#centre(op, x!, used.mean, used.variance);
    const scaled = this.#binary('Mul', centred, this.#binary('Mul', inverse, scale!));
    const results = [this.#binary('AddV2', scaled, offset!), used.mean, used.variance];
    op.outputs.forEach(({ id }, i) => this.#doubled.set(id, results[i] ?? used.mean));
  }

  /** FusedBatchNormGradV3: dy, x, scale; Ioffe & Szegedy 2015, section 3. */
  normGradient(op: RecordedOp): void {
    const [dy, x, scale] = op.inputs.map((input) => this.toDouble(input));
    const { mean, variance } = this.#statistics(x!);
    const { centred, inverse } = this.#centre(op, x!, mean, variance);
    const normalized = this.#binary('Mul', centred, inverse);
    const product = this.#binary('Mul', dy!, normalized);
    const along = this.#binary('Mul', normalized, this.#overImages('Mean', product));
    const rest = this.#binary('Sub', this.#binary('Sub', dy!, this.#overImages('Mean', dy!)), along);
    const dx = this.#binary('Mul', rest, this.#binary('Mul', inverse, scale!));
    const results = [dx, this.#overImages('Sum', product), this.#overImages('Sum', dy!)];
    op.outputs.forEach(({ id }, i) => this.#doubled.set(id, results[i] ?? mean));
  }

  #split(tensor: TensorType, parts: number): TensorType[] {
    const shape = tensor.shape.map((n, i) => (i === 3 ? n / parts : n));
    const outputs = Array.from({ length: parts }, () => this.#type(shape));
    const axis = this.#type([], DataType.int32);
    this.constants.set(axis.id, { ...axis, values: Int32Array.of(3) });
    const place = { layer: '', direction: 'forward', mask: false } as const;
    const attributes = [T, int('num_split', parts)];
    this.ops.push({ name: 'Split', attributes, inputs: [axis, tensor], outputs, ...place });
    return outputs;
  }

  /** A grouped convolution or its gradient, group by group: on a CPU, float64 has no gradient kernels for groups. */
  grouped(op: RecordedOp, groups: number): void {
    const parts = op.inputs.map((input) =>
      input.shape.length === 4 ? this.#split(this.toDouble(input), groups) : undefined,
    );
    const [output] = op.outputs;
    const shape = output!.shape.map((n, i) => (i === 3 ? n / groups : n));
    // An input of a gradient is the shape of its output: here that of one group.
    const results = Array.from({ length: groups }, (_, g) =>
      this.op(
        op.name,
        inFloat64(op.attributes),
        parts.map((part) => part?.[g] ?? this.#integers(shape)),
        shape,
      ),
    );
    const axis = this.#type([], DataType.int32);
    this.constants.set(axis.id, { ...axis, values: Int32Array.of(3) });
    const attributes = [T, INDEX, int('N', groups)];
    const joined = this.op('ConcatV2', attributes, [...results, axis], output!.shape);
    this.#doubled.set(output!.id, joined);
  }

  /** Any other op: float32 in its attributes and outputs becomes float64. */
  same(op: RecordedOp): void {
    const outputs = op.outputs.map((output) => {
      if (output.dtype !== DataType.float) return output;
      const double = this.#type(output.shape);
      this.#doubled.set(output.id, double);
      return double;
    });
    const attributes = inFloat64(op.attributes);
    const inputs = op.inputs.map((input) => this.toDouble(input));
    this.ops.push({ ...op, attributes, inputs, outputs });
  }
}

const inFloat64 = (attributes: readonly OpAttribute[]): OpAttribute[] =>
  attributes.map((attribute) =>
    attribute.type === AttributeType.type && attribute.value === DataType.float
      ? { ...attribute, value: DOUBLE }
      : attribute,
  );

/** Groups of a convolution or its gradient; 1 for every other op. Inputs: x, filter; sizes, filter, dy; x, sizes, dy. */
function countGroups({ name, inputs, outputs }: RecordedOp): number {
  const channels = (tensor: TensorType | undefined, axis: 2 | 3) => tensor?.shape[axis] ?? 1;
  if (name === 'Conv2D') return channels(inputs[0], 3) / channels(inputs[1], 2);
  if (name === 'Conv2DBackpropInput') return channels(outputs[0], 3) / channels(inputs[1], 2);
  if (name === 'Conv2DBackpropFilter') return channels(inputs[0], 3) / channels(outputs[0], 2);
  return 1;
}

/** Larger than every id of the recording. */
const FIRST_NEW_ID = 2 ** 41;

/**
 * Returns the same computation in float64, without the updates of moving statistics. A second feed or variable `NAME.rest` is added to
 * every float feed and variable `NAME`. The outputs are float32.
 */
export function inDouble(recording: Recording): Recording {
  const doubler = new Doubler(FIRST_NEW_ID);
  for (const feed of recording.feeds) doubler.declare(doubler.feeds, feed);
  for (const variable of recording.variables) doubler.declare(doubler.variables, variable);
  for (const constant of recording.constants.values()) doubler.constant(constant);
  for (const op of recording.ops) {
    if (op.name === 'FusedBatchNormV3') doubler.norm(op);
    else if (op.name === 'FusedBatchNormGradV3') doubler.normGradient(op);
    else if (countGroups(op) > 1) doubler.grouped(op, countGroups(op));
    else doubler.same(op);
  }
  const outputs = new Map(
    [...recording.outputs].map(([name, tensor]) => [
      name,
      doubler.cast(doubler.toDouble(tensor), DOUBLE, DataType.float),
    ]),
  );
  const { feeds, variables, constants, ops } = doubler;
  return { feeds, variables, constants, ops, outputs, updates: new Map() };
}
