import { bool, type } from '../../nn/raw.ts';
import type { OpAttribute } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { castOp } from '../cast.ts';
import {
  type Constant,
  elementCount,
  FIRST_ADDED_ID,
  readAttribute,
  type RecordedOp,
  type Recording,
  type TensorType,
} from '../recording.ts';

const { float: FLOAT32, int32: INT32 } = DataType;
const T = type('T', FLOAT32);

type FiveTensors = readonly [TensorType, TensorType, TensorType, TensorType, TensorType, ...TensorType[]];

/** Adds ops that replace another op. */
class Splitter {
  readonly ops: RecordedOp[] = [];
  readonly constants: Map<number, Constant>;
  readonly #numbers = new Map<number, TensorType>();
  readonly #axes: Constant = {
    id: FIRST_ADDED_ID.batchNorms,
    shape: [3],
    dtype: INT32,
    values: Int32Array.of(0, 1, 2),
  };
  #next = FIRST_ADDED_ID.batchNorms + 1;
  #place: Pick<RecordedOp, 'layer' | 'direction' | 'mask'> = { layer: '', direction: 'forward', mask: false };

  constructor({ constants }: Recording) {
    this.constants = new Map(constants);
    this.constants.set(this.#axes.id, this.#axes);
  }

  /** The ops that are added from now on get the layer and direction of this op. */
  replace({ layer, direction, mask }: RecordedOp): void {
    this.#place = { layer, direction, mask };
  }

  #add(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorType[], output: TensorType) {
    this.ops.push({ name, attributes, inputs, outputs: [output], ...this.#place });
    return output;
  }

  #tensor = (shape: readonly number[], dtype: number = FLOAT32): TensorType => ({ id: this.#next++, shape, dtype });

  /** A float32 constant of no dimension. */
  number(value: number): TensorType {
    const known = this.#numbers.get(value);
    if (known) return known;
    const constant = { ...this.#tensor([]), values: Float32Array.of(value) };
    this.constants.set(constant.id, constant);
    this.#numbers.set(value, constant);
    return constant;
  }

  /** Adds, subtracts or multiplies; the smaller tensor is broadcast. */
  binary(name: 'AddV2' | 'Sub' | 'Mul', a: TensorType, b: TensorType, output?: TensorType): TensorType {
    const { shape } = elementCount(a.shape) >= elementCount(b.shape) ? a : b;
    return this.#add(name, [T], [a, b], output ?? this.#tensor(shape));
  }

  inverseRoot(x: TensorType, output: TensorType): void {
    this.#add('Rsqrt', [T], [x], output);
  }

  /** The mean or sum of [n, h, w, c] over all but the channels. */
  overImages(name: 'Mean' | 'Sum', x: TensorType, output?: TensorType): TensorType {
    const attributes = [T, type('Tidx', INT32), bool('keep_dims', false)];
    return this.#add(name, attributes, [x, this.#axes], output ?? this.#tensor(x.shape.slice(3)));
  }

  /** Images of any float type as float32. */
  toFloat32(x: TensorType): TensorType {
    if (x.dtype === FLOAT32) return x;
    const output = this.#tensor(x.shape);
    this.ops.push(castOp(x, output, this.#place));
    return output;
  }

  /** Computes a float32 result with `make`, and writes it to an output that may have another type. */
  writeOutput(output: TensorType, make: (result: TensorType) => TensorType): void {
    if (output.dtype === FLOAT32) {
      make(output);
      return;
    }
    const result = make(this.#tensor(output.shape));
    this.ops.push(castOp(result, output, this.#place));
  }

  /** Images minus the mean of each channel. */
  centre = (x: TensorType, mean: TensorType): TensorType => this.binary('Sub', x, mean);
}

/** Updates a moving statistic: the old value times (1 - factor) plus the new value times factor. */
function updateStatistic(
  splitter: Splitter,
  old: TensorType,
  value: TensorType,
  factor: number,
  output: TensorType,
): void {
  const part = splitter.binary('Mul', value, splitter.number(factor), factor === 1 ? output : undefined);
  if (factor !== 1) splitter.binary('AddV2', splitter.binary('Mul', old, splitter.number(1 - factor)), part, output);
}

/**
 * Replaces FusedBatchNormV3 in training. Its outputs are y, the new moving mean and variance, and, for the gradient, the mean and
 * 1 / sqrt(variance + epsilon). The moving variance is unbiased.
 */
function splitNorm(splitter: Splitter, op: RecordedOp): void {
  const [images, scale, offset, oldMean, oldVariance] = op.inputs as FiveTensors;
  const [y, newMean, newVariance, mean, inverse] = op.outputs as FiveTensors;
  splitter.replace(op);
  const x = splitter.toFloat32(images);
  splitter.overImages('Mean', x, mean);
  const centred = splitter.centre(x, mean);
  const variance = splitter.overImages('Mean', splitter.binary('Mul', centred, centred));
  const epsilon = splitter.number(Number(readAttribute(op, 'epsilon')));
  splitter.inverseRoot(splitter.binary('AddV2', variance, epsilon), inverse);
  const scaled = splitter.binary('Mul', centred, splitter.binary('Mul', inverse, scale));
  splitter.writeOutput(y, (result) => splitter.binary('AddV2', scaled, offset, result));
  const factor = Number(readAttribute(op, 'exponential_avg_factor'));
  const size = elementCount(images.shape.slice(0, 3));
  const unbiased = splitter.binary('Mul', variance, splitter.number(size / Math.max(1, size - 1)));
  updateStatistic(splitter, oldMean, mean, factor, newMean);
  updateStatistic(splitter, oldVariance, unbiased, factor, newVariance);
}

/** Replaces FusedBatchNormGradV3 in training, from the mean and 1 / sqrt(variance + epsilon) (Ioffe & Szegedy 2015, section 3). */
function splitGradient(splitter: Splitter, op: RecordedOp): void {
  const [gradient, images, scale, mean, inverse] = op.inputs as FiveTensors;
  const [dx, dScale, dOffset] = op.outputs as FiveTensors;
  splitter.replace(op);
  const dy = splitter.toFloat32(gradient);
  const normalized = splitter.binary('Mul', splitter.centre(splitter.toFloat32(images), mean), inverse);
  splitter.overImages('Sum', splitter.binary('Mul', dy, normalized), dScale);
  splitter.overImages('Sum', dy, dOffset);
  const part = splitter.number(1 / elementCount(images.shape.slice(0, 3)));
  const along = splitter.binary('Mul', normalized, splitter.binary('Mul', dScale, part));
  const rest = splitter.binary('Sub', splitter.binary('Sub', dy, splitter.binary('Mul', dOffset, part)), along);
  splitter.writeOutput(dx, (result) => splitter.binary('Mul', rest, splitter.binary('Mul', inverse, scale), result));
}

const inTraining = (op: RecordedOp): boolean => readAttribute(op, 'is_training') === true;

/**
 * Splits the batch norms of training steps into ops that XLA compiles accurately. For a whole norm XLA computes the variance as
 * E[x^2] - E[x]^2. Its rounding error is as large as that of the squared mean, and it can even be negative (TensorFlow's issue
 * 118701). Here it is E[(x - E[x])^2].
 */
export function splitBatchNorms(recording: Recording): Recording {
  const splitter = new Splitter(recording);
  for (const op of recording.ops) {
    if (op.name === 'FusedBatchNormV3' && inTraining(op)) splitNorm(splitter, op);
    else if (op.name === 'FusedBatchNormGradV3' && inTraining(op)) splitGradient(splitter, op);
    else splitter.ops.push(op);
  }
  return { ...recording, ops: splitter.ops, constants: splitter.constants };
}
