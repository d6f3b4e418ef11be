import { seededUniform } from '../base/numbers/seeded-uniform.ts';

/*
 * Random numbers of a step, drawn in JavaScript. They depend only on the run's seed, the step, the call and a purpose. So a resumed
 * run draws the same numbers.
 */

/** Draws the next uniform number in [0, 1). */
export type Uniform = () => number;

/** The finalizer of MurmurHash3 (Appleby 2011), 32 bits. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Creates a generator of uniform numbers from a hash of seed, step, call and purpose. */
export function drawsOf(call: { seed: number; step: number; part: number }, purpose: number): Uniform {
  const hash = [call.seed, call.step, call.part, purpose].reduce(
    (sum, value) => mix(Math.imul(sum, 31) + 0x9e3779b9 + value),
    0,
  );
  return seededUniform(hash);
}

/** Draws a standard normal number (Box & Muller 1958). */
const normal = (uniform: Uniform): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** Draws the logarithm of a gamma-distributed number with this shape and scale 1 (Marsaglia & Tsang 2000; section 6 for shapes below 1). */
function logGamma(shape: number, uniform: Uniform): number {
  if (shape < 1) return logGamma(shape + 1, uniform) + Math.log(1 - uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(uniform);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** Draws a number in [0, 1] from the distribution Beta(alpha, alpha). */
export function drawBeta(alpha: number, uniform: Uniform): number {
  const [a, b] = [logGamma(alpha, uniform), logGamma(alpha, uniform)];
  return 1 / (1 + Math.exp(b - a));
}
