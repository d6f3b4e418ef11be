/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * section 3.3). A number depends only on (seed, purpose, epoch, example, position in the sequence). So any thread can
 * produce any example of any epoch, in any order.
 */

/** What the numbers are for. Each purpose has its own sequence: using one purpose does not change the numbers of another. */
export const Purpose = {
  order: 1,
  part: 2,
  crop: 3,
  flip: 4,
  colorJitter: 5,
  lighting: 6,
  automatic: 7,
  synthetic: 8,
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (aHigh * bHigh + Math.floor(middle / 65536) + (aLow * bHigh + (middle & 0xffff)) / 65536) >>> 0;
}

/** Writes one block to `out`: four unsigned 32-bit numbers from a counter of four and a key of two. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  block(counter[0], counter[1], counter[2], counter[3], key[0], key[1], out);
}

/** The same as `philox`, but allocates no arrays, because it is called several times per image. */
function block(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0 >>> 0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2 >>> 0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A block before it is copied to a sequence. */
const scratch = new Uint32Array(4);

/** The random numbers of one (seed, purpose, epoch, example), one after another. */
export class RandomSequence {
  private word0 = 0;
  private word1 = 0;
  private word2 = 0;
  private word3 = 0;
  private drawn = 0;
  private readonly seed: number;
  private readonly purpose: Purpose;
  private readonly epoch: number;
  private readonly example: number;

  constructor(seed: number, purpose: Purpose, epoch: number, example: number) {
    this.seed = seed;
    this.purpose = purpose;
    this.epoch = epoch;
    this.example = example;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const word = this.drawn++ & 3;
    if (word === 0) this.nextBlock();
    if (word === 0) return this.word0;
    if (word === 1) return this.word1;
    return word === 2 ? this.word2 : this.word3;
  }

  private nextBlock(): void {
    const index = (this.drawn - 1) >>> 2;
    block(index, this.example, this.epoch, 0, this.seed, this.purpose, scratch);
    this.word0 = scratch[0]!;
    this.word1 = scratch[1]!;
    this.word2 = scratch[2]!;
    this.word3 = scratch[3]!;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** An integer in [0, bound): the multiply-shift of Lemire 2019. Its bias, bound / 2^32, is negligible here. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A normally distributed number with mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** A random order of the numbers 0 to count - 1 (Fisher and Yates; Knuth 3.4.2, algorithm P). */
export function permutation(count: number, random: RandomSequence): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const swapped = order[last]!;
    order[last] = order[other]!;
    order[other] = swapped;
  }
  return order;
}
