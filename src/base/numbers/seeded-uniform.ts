/**
 * Creates a generator of uniform random numbers in [0, 1). The same seed gives the same numbers; only its lowest 32 bits count.
 * Source: mulberry32 (Tommy Ettinger 2017, public domain).
 */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
