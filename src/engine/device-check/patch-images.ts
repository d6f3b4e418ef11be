/** A pseudorandom number from 0 to 255 that depends only on i (Knuth's multiplicative hash). */
const pseudoRandomByte = (i: number): number => Math.imul(i, 2654435761) >>> 24;

/**
 * Element i of images [n, side, side, 3], from 0 to 1020, the same on all machines. Each image has 4 x 4 patches, each of its own
 * color, with some noise. A network computes nearly the same for all images of pure noise: a batch norm then divides by small
 * variances, which enlarges every rounding error.
 */
export function patchValue(i: number, side: number): number {
  const patch = Math.ceil(side / 4);
  const [channel, pixel] = [i % 3, Math.floor(i / 3)];
  const [x, y, n] = [pixel % side, Math.floor(pixel / side) % side, Math.floor(pixel / (side * side))];
  const color = pseudoRandomByte(((n * 4 + Math.floor(y / patch)) * 4 + Math.floor(x / patch)) * 3 + channel + 1);
  return 3 * color + pseudoRandomByte(i + 1);
}
