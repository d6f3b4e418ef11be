import { createHash } from 'node:crypto';

/** How a parameter starts; names and formulas as in torch.nn.init. */
export type Initializer =
  | { readonly constant: number }
  /** He et al. 2015: normal, variance 2 / fan. */
  | { readonly kaimingNormal: 'fanIn' | 'fanOut' }
  /** PyTorch's default of convolutions and linear layers: uniform in +-1 / sqrt(fan in). */
  | { readonly uniformFanIn: number }
  /** Uniform with variance gain^2 / fan in, as kaiming_uniform_ with that gain. */
  | { readonly kaimingUniform: number }
  | { readonly normal: number }
  | { readonly truncatedNormal: number }
  /** Uniform in +-bound. */
  | { readonly uniform: number }
  | { readonly xavierUniform: number };

/** Uniform doubles in [0, 1) from (seed, name): every tensor starts the same whatever was made before it. */
function generator(seed: number, name: string): () => number {
  const digest = createHash('sha256').update(`${seed}:${name}`).digest();
  const state = new Uint32Array(4);
  for (let i = 0; i < 4; i++) state[i] = digest.readUInt32LE(4 * i);
  return () => xoshiro128(state) / 2 ** 32;
}

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** xoshiro128++ 1.0 (Blackman & Vigna 2019), 32 bits a call. */
function xoshiro128(state: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const result = (rotate((a + d) | 0, 7) + a) >>> 0;
  const third = c ^ a;
  const fourth = d ^ b;
  state.set([a ^ fourth, b ^ third, third ^ (b << 9), rotate(fourth, 11)]);
  return result;
}

/** Standard normal numbers by Box and Muller 1958. */
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

const truncated = (normal: () => number) => (): number => {
  for (;;) {
    const value = normal();
    if (Math.abs(value) <= 2) return value;
  }
};

/** First values of a parameter in PyTorch's layout and shape, from the run's seed and the parameter's name. */
export function initialize(
  initializer: Initializer,
  shape: readonly number[],
  seed: number,
  name: string,
): Float32Array {
  const length = shape.reduce((a, b) => a * b, 1);
  if ('constant' in initializer) return new Float32Array(length).fill(initializer.constant);
  const receptive = shape.slice(2).reduce((a, b) => a * b, 1);
  const fanIn = (shape[1] ?? 1) * receptive;
  const fanOut = (shape[0] ?? 1) * receptive;
  const uniform = generator(seed, name);
  const within = (bound: number) => fill(length, () => (2 * uniform() - 1) * bound);
  const normal = normals(uniform);
  const gaussian = (deviation: number) => fill(length, () => normal() * deviation);
  if ('kaimingNormal' in initializer)
    return gaussian(Math.sqrt(2 / (initializer.kaimingNormal === 'fanIn' ? fanIn : fanOut)));
  if ('uniformFanIn' in initializer) return within(1 / Math.sqrt(initializer.uniformFanIn));
  if ('kaimingUniform' in initializer)
    return within(initializer.kaimingUniform * Math.sqrt(3 / fanIn));
  if ('normal' in initializer) return gaussian(initializer.normal);
  if ('uniform' in initializer) return within(initializer.uniform);
  if ('xavierUniform' in initializer)
    return within(initializer.xavierUniform * Math.sqrt(6 / (fanIn + fanOut)));
  const next = truncated(normal);
  return fill(length, () => next() * initializer.truncatedNormal);
}
