import type { Library } from './precision-runs.ts';

/** Sums over the values of gradients: f is the gradient in float32, b in bfloat16. */
export interface GradientSums {
  /** Sum of f b. */
  products: number;
  /** Sum of f². */
  full: number;
  /** Sum of b². */
  half: number;
  /** Sum of (b - f)². */
  difference: number;
}

/** How far the gradient in bfloat16 is from that in float32, over all tensors and batches. */
export interface GradientError {
  readonly library: Library;
  readonly seed: number;
  /** Steps in float32 before the comparison. */
  readonly steps: number;
  /** |b - f| / |f|. */
  readonly relativeError: number;
  /** <b, f> / <f, f>: 1 minus half of the squared relative error, if b has the length of f. */
  readonly projection: number;
  /** |b| / |f|: below 1 if bfloat16 shrinks gradients. */
  readonly normRatio: number;
}

/** Adds the values of one tensor to the sums. */
export function addGradients(sums: GradientSums, full: Float32Array, half: Float32Array): void {
  full.forEach((f, i) => {
    const b = half[i]!;
    sums.products += f * b;
    sums.full += f * f;
    sums.half += b * b;
    sums.difference += (b - f) ** 2;
  });
}

/** The errors that the sums describe. */
export const summarizeErrors = ({ products, full, half, difference }: GradientSums) => ({
  relativeError: Math.sqrt(difference / full),
  projection: products / full,
  normRatio: Math.sqrt(half / full),
});
