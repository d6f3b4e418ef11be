/**
 * Whole random numbers from 0 to 2^32 - 1; the same for the same seed, of which the lowest 32 bits count.
 * Source: mulberry32 (Tommy Ettinger 2017, public domain).
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Uniform random numbers in [0, 1); the same for the same seed. */
export function seededUniform(seed: number): () => number {
  const next = mulberry32(seed);
  return () => next() / 2 ** 32;
}
