import type { TensorSpec } from '../../src/nn/scope.ts';

/**
 * Values that any implementation can compute from the name of a tensor, so that networks with equal names can be compared
 * without a shared file of weights.
 */

/** The 32-bit FNV-1a hash of the UTF-8 bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** A permutation of the 32-bit integers after which neighbours are far apart. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** `length` numbers in [-1, 1) that depend only on the name. */
export function pseudoRandomNumbers(name: string, length: number): Float64Array {
  const start = fnv1a(name);
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) values[i] = (mix((start + Math.imul(i, 0x9e3779b9)) | 0) / 2 ** 32) * 2 - 1;
  return values;
}

/** Maps numbers in [-1, 1) to values that are usual for a tensor of this role. */
function chooseTransform({ name, shape, role }: TensorSpec): (u: number) => number {
  if (name.endsWith('.running_mean')) return (u) => 0.1 * u;
  if (name.endsWith('.running_var')) return (u) => 1 + 0.5 * Math.abs(u);
  if (role === 'bias' || role === 'normOffset') return (u) => 0.1 * u;
  if (role === 'normScale') return (u) => 1 + 0.1 * u;
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  // A layer scale has one value per channel.
  if (fanIn === 1) return (u) => 0.1 * u;
  return (u) => u * Math.sqrt(6 / fanIn);
}

/** A tensor's values in PyTorch's layout. */
export function fillTensor(spec: TensorSpec): Float64Array {
  const length = spec.shape.reduce((a, b) => a * b, 1);
  return pseudoRandomNumbers(spec.name, length).map(chooseTransform(spec));
}

/** Images [n, h, w, 3]. The value at each position depends on its position in [n, 3, h, w], as in PyTorch. */
export function fillImages([n, channels, height, width]: Size): Float64Array {
  const numbers = pseudoRandomNumbers('input', n * channels * height * width);
  const images = new Float64Array(numbers.length);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) images[((i * height + y) * width + x) * channels + c] = numbers[at++] ?? 0;
  return images;
}

/** Splits float64 numbers into the nearest float32 number and the remainder, also in float32. */
export function splitFloat64(values: Float64Array): { near: Float32Array; rest: Float32Array } {
  const near = Float32Array.from(values);
  return { near, rest: Float32Array.from(values, (value, i) => value - (near[i] ?? 0)) };
}

/** Images, channels, height, width. */
export type Size = readonly [number, number, number, number];

/** Labels [n] from 0 to `classes` - 1. */
export const createLabels = (batch: number, classes: number): Int32Array =>
  Int32Array.from({ length: batch }, (_, n) => (7 * n + 3) % classes);
