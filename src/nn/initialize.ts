import { createHash } from 'node:crypto';
import { configError } from '../base/errors.ts';

/** The initial distribution of a parameter, with the names and formulas of torch.nn.init. */
export type Initializer =
  | { readonly constant: number }
  /** He et al. 2015: normal, variance 2 / fan. */
  | { readonly kaimingNormal: 'fanIn' | 'fanOut' }
  /** The value is the fan in; PyTorch's default for convolutions and linear layers: uniform in +-1 / sqrt(fan in). */
  | { readonly uniformFanIn: number }
  /** The value is the gain; uniform with variance gain^2 / fan in (kaiming_uniform_). */
  | { readonly kaimingUniform: number }
  /** The value is the standard deviation. */
  | { readonly normal: number }
  /** The value is the standard deviation; no number is further than two of them from 0 (trunc_normal_). */
  | { readonly truncatedNormal: number }
  /** The value is the bound; uniform in +-bound. */
  | { readonly uniform: number }
  /** The value is the gain; uniform in +-gain sqrt(6 / (fan in + fan out)) (Glorot & Bengio 2010, equation 16). */
  | { readonly xavierUniform: number }
  /** The first filters are the identity on the input's channels (dirac_); the others have the given distribution. */
  | { readonly identityThen: Initializer }
  /** Computed from patches of training images by `whiteningFilters`. */
  | { readonly whitening: { readonly kernel: number; readonly epsilon: number } };

/** A generator of uniform numbers in [0, 1). Its seed is (seed, name), so a tensor's values do not depend on other tensors. */
function createGenerator(seed: number, name: string): () => number {
  const digest = createHash('sha256').update(`${seed}:${name}`).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let d = digest.readInt32LE(12);
  // xoshiro128++ 1.0 (Blackman & Vigna 2019), 32 bits per call.
  return () => {
    const sum = (a + d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result / 2 ** 32;
  };
}

/** A generator of standard normal numbers (Box & Muller 1958). */
function normals(uniform: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

const fill = (length: number, next: () => number): Float32Array => {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = next();
  return values;
};

/** A generator of standard normal numbers from -2 to 2. */
const truncated = (normal: () => number) => (): number => {
  for (;;) {
    const value = normal();
    if (Math.abs(value) <= 2) return value;
  }
};

/** Replaces the first filters of [out, in, h, w] by the identity: filter i is 1 at the middle of channel i, else 0. */
function identityFirst(values: Float32Array, shape: readonly number[]): Float32Array {
  const [out = 0, channels = 0, height = 1, width = 1] = shape;
  const count = Math.min(out, channels);
  const area = height * width;
  values.fill(0, 0, count * channels * area);
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  for (let filter = 0; filter < count; filter++) values[(filter * channels + filter) * area + middle] = 1;
  return values;
}

/**
 * The initial values of a parameter of `shape`, in PyTorch's layout. They depend only on the run's seed and the parameter's name.
 * @throws UserError exit code 78 if the values are computed from training images.
 */
export function initialize(
  initializer: Initializer,
  shape: readonly number[],
  seed: number,
  name: string,
): Float32Array {
  const length = shape.reduce((a, b) => a * b, 1);
  if ('constant' in initializer) return new Float32Array(length).fill(initializer.constant);
  if ('identityThen' in initializer)
    return identityFirst(initialize(initializer.identityThen, shape, seed, name), shape);
  if ('whitening' in initializer)
    throw configError(
      `the initial values of ${name} are computed from training images, and none are loaded: train the network, or give it weights`,
    );
  const receptive = shape.slice(2).reduce((a, b) => a * b, 1);
  const fanIn = (shape[1] ?? 1) * receptive;
  const fanOut = (shape[0] ?? 1) * receptive;
  const uniform = createGenerator(seed, name);
  const within = (bound: number) => fill(length, () => (2 * uniform() - 1) * bound);
  const normal = normals(uniform);
  const gaussian = (deviation: number) => fill(length, () => normal() * deviation);
  if ('kaimingNormal' in initializer)
    return gaussian(Math.sqrt(2 / (initializer.kaimingNormal === 'fanIn' ? fanIn : fanOut)));
  if ('uniformFanIn' in initializer) return within(1 / Math.sqrt(initializer.uniformFanIn));
  if ('kaimingUniform' in initializer) return within(initializer.kaimingUniform * Math.sqrt(3 / fanIn));
  if ('normal' in initializer) return gaussian(initializer.normal);
  if ('uniform' in initializer) return within(initializer.uniform);
  if ('xavierUniform' in initializer) return within(initializer.xavierUniform * Math.sqrt(6 / (fanIn + fanOut)));
  const next = truncated(normal);
  return fill(length, () => next() * initializer.truncatedNormal);
}
