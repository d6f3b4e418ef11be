/**
 * Resampling filters as in Pillow (src/libImaging/Resample.c), which torchvision's transforms use. When an image is made
 * smaller, the filter is widened by the same factor, so that every input pixel has a weight ("antialias").
 */
export type Interpolation = 'nearest' | 'linear' | 'cubic' | 'lanczos3';

interface Filter {
  /** The weight is 0 at this distance and farther away, in pixels. */
  readonly support: number;
  /** The weight of a pixel at this distance from the center, in pixels. */
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Keys 1981, "Cubic convolution interpolation", with a = -0.5. */
function cubicWeight(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

const FILTERS: Record<Exclude<Interpolation, 'nearest'>, Filter> = {
  linear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  cubic: { support: 2, weight: cubicWeight },
  lanczos3: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** The filter of one axis in the format of the kernel (kernel.assembly). */
export interface AxisFilter {
  /** Pairs of weights per output. */
  readonly pairs: number;
  /** [outputs], the first input of each output. */
  readonly starts: Int32Array;
  /** [outputs, pairs, 2], with 14 fractional bits; the weights of each output add up to exactly 1. */
  readonly weights: Int16Array;
}

/** The weight 1, with 14 fractional bits. */
const ONE = 1 << 14;

/** Maps `inputs` positions to `outputs` positions. Only the outputs [first, first + count) are computed. */
export interface Axis {
  readonly inputs: number;
  readonly outputs: number;
  readonly first: number;
  readonly count: number;
}

/** The filter that computes these outputs of an axis (Pillow's `precompute_coeffs`). */
export function axisFilter(axis: Axis, interpolation: Interpolation): AxisFilter {
  return interpolation === 'nearest' ? nearestFilter(axis) : weightedFilter(axis, FILTERS[interpolation]);
}

function nearestFilter({ inputs, outputs, first, count }: Axis): AxisFilter {
  const scale = inputs / outputs;
  const weights = new Int16Array(2 * count);
  const starts = Int32Array.from({ length: count }, (_, at) =>
    Math.min(inputs - 1, Math.floor((first + at + 0.5) * scale)),
  );
  for (let at = 0; at < count; at++) weights[2 * at] = ONE;
  return { pairs: 1, starts, weights };
}

function weightedFilter({ inputs, outputs, first, count }: Axis, filter: Filter): AxisFilter {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  const pairs = Math.ceil((Math.ceil(support) * 2 + 1) / 2);
  const starts = new Int32Array(count);
  const weights = new Int16Array(count * pairs * 2);
  const exact = new Float64Array(pairs * 2);
  for (let at = 0; at < count; at++) {
    const center = (first + at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const length = Math.min(inputs, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      exact[i] = filter.weight((start + i - center + 0.5) / stretch);
      sum += exact[i]!;
    }
    starts[at] = start;
    roundWeights(exact, length, sum, weights, at * pairs * 2);
  }
  return { pairs, starts, weights };
}

/** Rounds to 14 fractional bits. The largest weight takes the rounding error, so that a uniform area stays unchanged. */
function roundWeights(exact: Float64Array, count: number, sum: number, out: Int16Array, at: number): void {
  let missing = ONE;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const rounded = Math.round((exact[i]! / sum) * ONE);
    out[at + i] = rounded;
    missing -= rounded;
    if (exact[i]! > exact[largest]!) largest = i;
  }
  out[at + largest]! += missing;
}
