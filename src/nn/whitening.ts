import type { Normalization } from './layers/input.ts';

/** Training images that initial weights are computed from: uint8 [count, side, side, 3], RGB. */
export interface InitialImages {
  readonly images: Uint8Array;
  readonly count: number;
  readonly side: number;
}

type Matrix = Float64Array[];

const zeros = (size: number): Matrix => Array.from({ length: size }, () => new Float64Array(size));

/** For each channel, a table of the normalized value of every byte. */
function normalizedBytes({ mean, standardDeviation }: Normalization): Float64Array[] {
  return mean.map((center, channel) =>
    Float64Array.from({ length: 256 }, (_, byte) => (byte / 255 - center) / standardDeviation[channel]!),
  );
}

/** Adds, for every patch of an image [side, side, 3], the products of all pairs of its values to the lower triangle of `sums`. */
function addPatches(sums: Matrix, values: Float64Array, side: number, kernel: number): void {
  const patch = new Float64Array(3 * kernel ** 2);
  for (let top = 0; top + kernel <= side; top++)
    for (let left = 0; left + kernel <= side; left++) {
      let length = 0;
      // In the order of PyTorch's filters: channel, row, column.
      for (let channel = 0; channel < 3; channel++)
        for (let y = 0; y < kernel; y++)
          for (let x = 0; x < kernel; x++) patch[length++] = values[3 * ((top + y) * side + left + x) + channel]!;
      for (let i = 0; i < length; i++) for (let j = 0; j <= i; j++) sums[i]![j]! += patch[i]! * patch[j]!;
    }
}

/**
 * The covariance of normalized patches of `kernel` x `kernel` pixels without subtracting their mean: the mean, over all patches,
 * of the products of every two values. Symmetric, [3 kernel^2, 3 kernel^2].
 */
export function patchCovariance(
  { images, count, side }: InitialImages,
  normalization: Normalization,
  kernel: number,
): Matrix {
  const size = 3 * kernel ** 2;
  const sums = zeros(size);
  const table = normalizedBytes(normalization);
  const length = 3 * side ** 2;
  const values = new Float64Array(length);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < length; i++) values[i] = table[i % 3]![images[n * length + i]!]!;
    addPatches(sums, values, side, kernel);
  }
  const patches = count * (side - kernel + 1) ** 2;
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) sums[j]![i] = sums[i]![j] = sums[i]![j]! / patches;
  return sums;
}

/** Rotates rows and columns p and q of a symmetric matrix so that its element (p, q) becomes 0 (Golub & Van Loan, 8.5.2). */
function rotate(a: Matrix, vectors: Matrix, p: number, q: number): void {
  if (a[p]![q] === 0) return;
  const ratio = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const tangent = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  const turn = (x: number, y: number): [number, number] => [cosine * x - sine * y, sine * x + cosine * y];
  for (const row of a) [row[p], row[q]] = turn(row[p]!, row[q]!);
  for (let i = 0; i < a.length; i++) [a[p]![i], a[q]![i]] = turn(a[p]![i]!, a[q]![i]!);
  for (const row of vectors) [row[p], row[q]] = turn(row[p]!, row[q]!);
}

const SWEEPS = 30;

/** Negates a vector if its largest element is negative, so that the result does not depend on the order of the rotations. */
function withSign(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) * (1 + 1e-9) ? value : best), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}

/** The eigenvalues of a symmetric matrix in descending order, each with its unit eigenvector (cyclic Jacobi method). */
export function eigenpairs(symmetric: Matrix): { readonly value: number; readonly vector: Float64Array }[] {
  const size = symmetric.length;
  const a = symmetric.map((row) => row.slice());
  const vectors = zeros(size);
  for (let i = 0; i < size; i++) vectors[i]![i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q);
  return a
    .map((row, i) => ({ value: row[i]!, vector: withSign(Float64Array.from(vectors, (line) => line[i]!)) }))
    .sort((x, y) => y.value - x.value);
}

/**
 * Filters that whiten patches of images (Page 2019; Jordan 2024, arXiv 2404.00498, section 3.2): the eigenvectors of the patches'
 * covariance, each divided by the root of its eigenvalue plus `epsilon`, and then their negatives. [6 kernel^2, 3, kernel, kernel],
 * in PyTorch's layout.
 */
export function whiteningFilters(
  images: InitialImages,
  normalization: Normalization,
  { kernel, epsilon }: { readonly kernel: number; readonly epsilon: number },
): Float32Array {
  const pairs = eigenpairs(patchCovariance(images, normalization, kernel));
  const filters = pairs.flatMap(({ value, vector }) => [...vector].map((x) => x / Math.sqrt(value + epsilon)));
  return Float32Array.from([...filters, ...filters.map((x) => -x)]);
}
