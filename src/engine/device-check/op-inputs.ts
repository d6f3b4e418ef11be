import type { NativeValues } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { elementCount } from '../../trace/recording.ts';
import type { ListedOp } from './results.ts';

/** Inputs are parts of one pool of random numbers, because it takes long to draw large inputs. */
const POOL_SIZE = 1 << 22;

/** Random numbers with mean 0 and standard deviation 0.5: sums of three uniform numbers of xorshift32 (Marsaglia 2003). */
function makePool(): Float32Array {
  let state = 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: POOL_SIZE }, () => next() + next() + next() - 1.5);
}

function hash(text: string): number {
  let h = 7;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) >>> 0;
  return h;
}

type Transform = (x: number) => number;
const positive: Transform = (x) => Math.abs(x) + 0.01;
const awayFromZero: Transform = (x) => (x < 0 ? x - 0.1 : x + 0.1);

/**
 * Transforms of inputs that must be in a certain range. Without them, outputs are NaN, or so large that the differences of the other
 * elements do not show.
 */
const floatTransforms: Readonly<Record<string, (input: number) => Transform | undefined>> = {
  Sqrt: () => positive,
  Rsqrt: () => positive,
  RealDiv: (input) => (input === 1 ? awayFromZero : undefined),
  // Variance.
  FusedBatchNormV3: (input) => (input === 4 ? positive : undefined),
  // Probabilities.
  SoftmaxCrossEntropyWithLogits: (input) => (input === 1 ? (x) => Math.abs(x) / 100 : undefined),
};

/** One more than the largest value of an integer input. */
function integerLimit({ op, inputs }: ListedOp, dtype: number): number {
  if (dtype === DataType.bool) return 2;
  if (dtype === DataType.uint8) return 256;
  // Indices, for which the axis is a constant.
  if (op === 'GatherV2') return inputs[0]?.shape[inputs[2]?.values?.[0] ?? 0] ?? 1;
  return 4;
}

/** Creates the same inputs for an op on every device: constants are unchanged, all others depend on the op's name and shapes. */
export class OpInputs {
  readonly #pool = makePool();

  #draw(size: number, seed: number): Float32Array {
    if (size > POOL_SIZE) return this.#repeatPool(size, seed % POOL_SIZE);
    const from = seed % (POOL_SIZE - size + 1);
    return this.#pool.slice(from, from + size);
  }

  /** The pool from one position on, repeated to `size` numbers. */
  #repeatPool(size: number, from: number): Float32Array {
    const repeated = new Float32Array(size);
    for (let at = 0, begin = from; at < size; begin = 0) {
      const part = this.#pool.subarray(begin, begin + size - at);
      repeated.set(part, at);
      at += part.length;
    }
    return repeated;
  }

  /** The values of input number `index`. */
  values(listed: ListedOp, index: number): NativeValues {
    const { shape, dtype, values } = listed.inputs[index]!;
    if (values) return typed(dtype, values);
    const seed = hash(listed.op + JSON.stringify(listed.inputs.map((input) => input.shape))) + index * 7919;
    const drawn = this.#draw(elementCount(shape), seed);
    if (dtype === DataType.float) {
      const transform = floatTransforms[listed.op]?.(index);
      return transform ? drawn.map(transform) : drawn;
    }
    const limit = integerLimit(listed, dtype);
    return typed(
      dtype,
      Array.from(drawn, (x) => Math.floor(Math.abs(x) * 1e5) % limit),
    );
  }
}

function typed(dtype: number, values: readonly number[]): NativeValues {
  if (dtype === DataType.float) return Float32Array.from(values);
  return dtype === DataType.int32 ? Int32Array.from(values) : Uint8Array.from(values);
}
