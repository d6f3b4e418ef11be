import type { NativeValues } from '../../runtime/binding.ts';

const BUCKETS = 64;

/** A few numbers that summarize a tensor, so that two devices can be compared without storing all their outputs. */
export interface Sketch {
  /** The number of elements. */
  readonly size: number;
  /** Square root of the sum of squares of the finite elements. */
  readonly norm: number;
  /** The number of elements that are NaN or infinite. */
  readonly nonFinite: number;
  /** 64 sums of elements with random signs; each element is in one of the sums. */
  readonly sums: number[];
}

/** Mixes the bits of a position (the finalizer of MurmurHash3 by Austin Appleby, public domain). */
function mix(position: number): number {
  let h = Math.imul(position + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * The count sketch of a tensor (Charikar, Chen & Farach-Colton 2002). The distance of two sketches estimates the distance of the
 * two tensors, with a standard error of about 1 / sqrt(2 * 64) = 9 %. Every element is in a sum, so one wrong element is found.
 */
export function createSketch(values: NativeValues): Sketch {
  const sums = new Float64Array(BUCKETS);
  let [squares, nonFinite] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = Number(values[i]);
    if (!Number.isFinite(x)) {
      nonFinite++;
      continue;
    }
    squares += x * x;
    const h = mix(i);
    sums[h & (BUCKETS - 1)]! += (h & BUCKETS) === 0 ? x : -x;
  }
  const round = (x: number): number => Number(x.toPrecision(10));
  return { size: values.length, norm: round(Math.sqrt(squares)), nonFinite, sums: Array.from(sums, round) };
}

/**
 * Estimates the distance of two tensors relative to the norm of the first; if that norm is 0, the absolute distance. Infinite if
 * the sizes or the numbers of non-finite elements differ.
 */
export function relativeDistance(a: Sketch, b: Sketch): number {
  if (a.size !== b.size || a.nonFinite !== b.nonFinite) return Infinity;
  const squares = a.sums.reduce((sum, x, i) => sum + (x - b.sums[i]!) ** 2, 0);
  return Math.sqrt(squares) / (a.norm > 0 ? a.norm : 1);
}
